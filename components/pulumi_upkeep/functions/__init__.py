"""What runs in the cloud: one folder per function, and ``common`` for what they share.

A function is deployed with the files of its folder at the root and ``common`` beside them:
``import checks`` is a file of the same folder, ``from common import ledger`` the shared one. Beside
those there are the standard library, boto3, and the packages that the function is declared with;
nothing here imports the rest of ``pulumi_upkeep``.
"""
