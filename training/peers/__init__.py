"""What a model has to beat: other tools, and two baselines that know next to nothing, on the same records."""
