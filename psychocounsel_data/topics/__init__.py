"""What speeches are about: the taxonomy, labels by keywords or by a model, and their coverage."""
