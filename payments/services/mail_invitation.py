"""
The letter with an invitation: plain text, who invited whom to which account as what, and the link.

Names in it are other people's words. They stay on their line, say nothing unseen, and hold no address that a mail program would turn into
a second link.
"""

from __future__ import annotations

import re
import smtplib
import unicodedata

from django.core.mail import send_mail

from payments.queries.invitations import InvitationShape
from payments.services.invitation_errors import MailNotSent

ROLE_WORDS = {
    "viewer": "may see the balance, payments and invoices",
    "cashier": "may make invoices and see whether they are paid, but neither balance nor payments",
    "payer": "may see balance, payments and invoices, and pay within the limits of the role",
    "approver": "may see balance, payments and invoices, and decide about large payments of others",
    "owner": "may do everything, and manage members, limits and keys",
}
"""What each role may do, after the person's name or “you”."""
_MOST_LETTERS = 60
_ADDRESS_SIGNS = re.compile(r"://|\.(?=\w)|@")
_SUBJECT = "{inviter} invites you to {account}"
_LETTER = """\
{inviter} invites you to the account “{account}” on lnweb, a Lightning wallet.

You would be {role} there: you {may}.

To accept, open this link:

{link}

It works once, for {email}, until {until:%d %B %Y, %H:%M} UTC. If you do not know {inviter}, do nothing: no account is made before you
accept.
"""


def mail_invitation(invitation: InvitationShape, *, link: str) -> None:
    """
    Send the letter. It goes over the network: never inside a transaction.

    raises     MailNotSent
    """
    inviter, account = plain_name(invitation.invited_by), plain_name(invitation.account)
    facts = {"inviter": inviter, "account": account, "email": invitation.email, "link": link, "until": invitation.expires_at}
    letter = _LETTER.format(**facts, role=_with_article(invitation.role.value), may=ROLE_WORDS[invitation.role.value])
    try:
        send_mail(_SUBJECT.format(**facts), letter, None, [invitation.email])
    except (OSError, smtplib.SMTPException):
        raise MailNotSent(email=invitation.email) from None


def plain_name(name: str) -> str:
    r"""
    A name that can stand in a letter.

    >>> plain_name("Ada\r\nBcc: x@evil.example"), plain_name("see https://evil.example/")
    ('Ada Bcc: x[at]evil[.]example', 'see https[:]//evil[.]example/')
    """
    seen = "".join(letter if unicodedata.category(letter)[0] != "C" else " " for letter in name)
    words = " ".join(seen.split())
    shortened = words if len(words) <= _MOST_LETTERS else words[: _MOST_LETTERS - 1] + "…"
    return _ADDRESS_SIGNS.sub(lambda sign: {"://": "[:]//", ".": "[.]", "@": "[at]"}[sign[0]], shortened)


def _with_article(role: str) -> str:
    return f"{'an' if role[0] in 'aeiou' else 'a'} {role}"
