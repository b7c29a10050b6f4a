"""``make handbook``: the operations handbook, written from the plan.

``page``   what a page is made of, and how a fact is taken from the plan
``site``   all pages of a stack, written as a site that can be read and searched from a folder
The rest is a page each, by its name.
"""
