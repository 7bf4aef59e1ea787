"""Two wire formats, OpenAI's chat completions and Anthropic's messages, and what they share.

    openai_chat, anthropic_messages   requests to bodies, bodies to replies; pure, and a connection
    connection                        one question over an official client: ask, translate, close
    means                             how a JSON reply is asked for, strongest means first
    endpoint                          where a service answers, and with which key
    faults                            what a service's refusal means to us
    headers, bodies, reasoning, redaction   the small readers the others stand on

Which services exist is said in `backends`, one file each. Nothing here retries, waits or writes;
that is the engine's part.
"""
