"""Pictures, brought within what a platform takes."""
