"""Trains, calibrates and exports the model of cwegate. One command a step: `python -m cwegate_training STEP`."""
