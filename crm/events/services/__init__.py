"""What one does with events: plan and change them, invite, answer, check in, write down what came out."""
