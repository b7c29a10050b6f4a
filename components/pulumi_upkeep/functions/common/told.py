"""What is published to a severity's topic, in the form that each way of being told reads."""

import json

# SNS: a subject has at most 99 characters [Publish].
SUBJECT_LIMIT = 99


def by_protocol(title: str, text: str, short: str) -> str:
    """The message, to be published with ``MessageStructure="json"``.

    The text goes by mail and to whatever else subscribes, ``short`` by SMS. AWS's chat application,
    which subscribes by https, shows what has this one form, and drops plain text without a word
    [Amazon Q Developer in chat applications, "Custom notifications"].
    """
    chat = {
        "version": "1.0",
        "source": "custom",
        "content": {"textType": "client-markdown", "title": title, "description": text},
    }
    forms = {"default": text, "sms": short, "https": json.dumps(chat, ensure_ascii=False)}
    return json.dumps(forms, ensure_ascii=False)
