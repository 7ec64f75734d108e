"""What is done for students, and whether it helped."""
