"""Lessons for students, served by Voila; one notebook of a few lines a lesson."""
