"""Amendments of an agreement: other terms, or another last day, from a day on.

Either side proposes, the other consents. What is past stays as it was: quota changes from the first
period that begins on or after ``effective_on``, everything else for deliveries from that day on.
"""
