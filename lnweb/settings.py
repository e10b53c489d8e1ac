"""
Every setting, and where its value comes from. README's table explains each variable; a test compares the two.

The environment is read here, once, and nonsense in it stops the start. The engine reads none of this: it gets `LIGHTNING`, a frozen value.
What the app itself asks for is named LNWEB_...; everything else is Django's or a package's own name.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lnweb.environment import Environment
from lnweb.secret import make_state_folder, read_or_create_secret
from payments.lightning.config import EngineConfig, PaymentConfig

ENVIRONMENT = Environment(os.environ)
BASE_DIR = Path(__file__).resolve().parent.parent

# ---------------------------------------------------------------------------------------------------------------- this installation
DEBUG = ENVIRONMENT.flag("LNWEB_DEBUG", default=False)
LNWEB_STATE_DIR = Path(ENVIRONMENT.text("LNWEB_STATE_DIR", "") or BASE_DIR / ".lnweb").absolute()
make_state_folder(LNWEB_STATE_DIR)
SECRET_KEY = ENVIRONMENT.text("LNWEB_SECRET_KEY", "") or read_or_create_secret(
    LNWEB_STATE_DIR / "secret_key",
    if_empty="Delete the file to get a new one (everybody signs in again), or set LNWEB_SECRET_KEY.",
)
ALLOWED_HOSTS = ENVIRONMENT.words("LNWEB_ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS = ENVIRONMENT.words("LNWEB_CSRF_TRUSTED_ORIGINS")
HTTPS = ENVIRONMENT.flag("LNWEB_HTTPS", default=False)

# numba reads this when it is first imported: what it has compiled lies with everything else of this installation
os.environ.setdefault("NUMBA_CACHE_DIR", str(LNWEB_STATE_DIR / "numba"))

# ------------------------------------------------------------------------------------------------------------------------ Lightning
LNWEB_NETWORK = ENVIRONMENT.choice("LNWEB_NETWORK", "regtest", choices=("regtest",))
LNWEB_SANDBOX_LATENCY_MS = ENVIRONMENT.number("LNWEB_SANDBOX_LATENCY_MS", 20)
LNWEB_NODE_SECRET = ENVIRONMENT.text("LNWEB_NODE_SECRET", "") or read_or_create_secret(
    LNWEB_STATE_DIR / "node_secret",
    if_empty="The nodes' keys are made of it: put the file back from a backup, or set LNWEB_NODE_SECRET.",
)
LNWEB_RATE_VALID_S = ENVIRONMENT.number("LNWEB_RATE_VALID_S", 24 * 3600, least=1)
LNWEB_WEBHOOK_PRIVATE_HOSTS = frozenset(word.lower() for word in ENVIRONMENT.words("LNWEB_WEBHOOK_PRIVATE_HOSTS"))
LNWEB_LISTEN = ENVIRONMENT.address("LNWEB_LISTEN")
LIGHTNING = EngineConfig(
    payment=PaymentConfig(held_after_s=ENVIRONMENT.number("LNWEB_HELD_AFTER_S", PaymentConfig().held_after_s, least=1))
)

# ---------------------------------------------------------------------------------------------------------------------- application
INSTALLED_APPS = [
    "daphne",  # first: its runserver replaces Django's
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "payments",
]
MIDDLEWARE = [
    "payments.web.audit_trail.AuditTrail",  # first: every answer says which request it answers
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "payments.web.current_account.CurrentAccount",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "payments.web.plain_admin.PlainAdmin",  # innermost: it changes the finished page
]
ROOT_URLCONF = "lnweb.urls"
ASGI_APPLICATION = "lnweb.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# ------------------------------------------------------------------------------------------------------------------------- database
# WAL lets pages read while the engine writes. IMMEDIATE takes the write lock at the start of a transaction, where waiting is possible;
# the default takes it in the middle, where SQLite can only give up ("database is locked"). NORMAL may lose the last commits when the
# power fails: all sandbox nodes then go back together to one consistent moment. A node with money outside wants FULL.
_SYNCHRONOUS = ENVIRONMENT.choice("LNWEB_SQLITE_SYNCHRONOUS", "NORMAL", choices=("NORMAL", "FULL"))
_SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={_SYNCHRONOUS}; PRAGMA cache_size=-20000;",
}
_DATABASE: dict[str, Any] = ENVIRONMENT.database("DATABASE_URL") or {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": str(LNWEB_STATE_DIR / "lnweb.sqlite3"),
}
if _DATABASE["ENGINE"] == "django.db.backends.sqlite3":
    # Tests get a file too: several threads and a server process have to see one database.
    _DATABASE |= {"OPTIONS": _SQLITE_OPTIONS, "TEST": {"NAME": str(LNWEB_STATE_DIR / "test.sqlite3")}}
else:
    # Under ASGI each request may come in another thread: connections are lent from a pool instead of being kept by a thread.
    _DATABASE |= {"CONN_MAX_AGE": 0, "OPTIONS": {"pool": True}}
DATABASES = {"default": _DATABASE}

# -------------------------------------------------------------------------------------------------------------------- the open page
_REDIS_URL = ENVIRONMENT.text("REDIS_URL", "")
CHANNEL_LAYERS: dict[str, Any] = {
    "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [_REDIS_URL]}}
    if _REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"},
}

# --------------------------------------------------------------------------------------------------------------------- static files
STATIC_URL = "static/"
STATIC_ROOT = LNWEB_STATE_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise wants it, empty or not
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "lnweb.static.StaticFiles"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False

# ------------------------------------------------------------------------------------------------------------------------- accounts
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LNWEB_OPEN_SIGN_UP = ENVIRONMENT.flag("LNWEB_OPEN_SIGN_UP", default=False)
ACCOUNT_ADAPTER = "lnweb.accounts.Doors"
ACCOUNT_FORMS = {"signup": "lnweb.accounts.OpenSignUp"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # an open window is not enough to change where a new password would be sent
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/300s/key"}  # second factors are counted as login_failed too
MFA_ADAPTER = "lnweb.second_factors.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "lnweb"

# ----------------------------------------------------------------------------------------------------------------------------- mail
_MAIL_SERVER = ENVIRONMENT.mail("EMAIL_URL")
HAS_MAIL_SERVER = _MAIL_SERVER is not None
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.text("LNWEB_MAIL_FROM", "lnweb@localhost")
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"  # without a mail server, what would be sent appears in the terminal
EMAIL_TIMEOUT = 10  # seconds: somebody waits for the page
# Whoever signs up with another person's address must not lock the door behind them. Among invited people nobody can; and without a mail
# server nobody could prove an address.
MFA_ALLOW_UNVERIFIED_EMAIL = not (LNWEB_OPEN_SIGN_UP and HAS_MAIL_SERVER)
globals().update(_MAIL_SERVER or {})

# ------------------------------------------------------------------------------------------------------------------------- security
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "connect-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600

# ---------------------------------------------------------------------------------------------------------------- language and logs
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"short": {"format": "{asctime} {levelname} {name}: {message}", "datefmt": "%H:%M:%S", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "short"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "daphne": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
