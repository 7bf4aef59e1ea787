// One click, one decision: sent at once, and shown as made only when the server has kept it.
"use strict";

for (const button of document.querySelectorAll("[data-decision]")) {
  button.addEventListener("click", () => decide(button));
}

async function decide(button) {
  const card = button.closest(".case");
  const why = card.querySelector(".why");
  if (!why.value.trim()) {
    say(card, "Please write why first: others will read it.", true);
    why.focus();
    return;
  }
  const saving = {
    speech_id: card.dataset.id,
    response_id: card.dataset.response ?? null,
    text_hash: card.dataset.hash,
    decision: button.dataset.decision,
    why: why.value.trim(),
  };
  try {
    const answer = await fetch("/decide", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(saving),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.error);
    for (const one of card.querySelectorAll("[data-decision]")) {
      one.setAttribute("aria-pressed", String(one === button));
    }
    say(card, `Saved. Decided by ${said.by}.`, false);
  } catch (error) {
    say(card, `Not saved: ${error.message}. Is \`pcdata review\` still running?`, true);
  }
}

function say(card, text, wrong) {
  const said = card.querySelector(".said");
  said.textContent = text;
  said.classList.toggle("wrong", wrong);
}
