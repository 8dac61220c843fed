"""The policy lab: what would settle a decision, what would alter it, how two policies differ, what is odd in one.

Everything here asks ``decide`` and reads the policy's own expressions; no rule is written a second time.
"""
