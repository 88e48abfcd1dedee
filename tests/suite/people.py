"""People with accounts, and the portal that acts for them."""

import datetime
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import harness
import stubs

HOME = "192.0.2.7"
STATEMENT = "giaoban-statement-bin"


class Portal:
    """Calls with the portal's certificate, for itself and for people, over one of its connections."""

    def __init__(self, suite: harness.Suite, connection: int = 0, process: str = "directory"):
        self.suite = suite
        self._accounts = harness.Client(stubs.account_stub(suite.channel(harness.PORTAL, process, connection)))

    def log_in(self, user, password, code="", address=HOME):
        return self._accounts.LogIn(_log_in(user, password, code, address)).statement

    def change_password(self, user, password, new, code="", address=HOME):
        return self._accounts.ChangePassword(stubs.accounts.ChangePasswordRequest(
            log_in=_log_in(user, password, code, address), new_password=new)).statement

    def renew(self, statement):
        return self._accounts.RenewStatement(stubs.accounts.RenewStatementRequest(statement=statement)).statement

    def acting_for(self, statement, service, carrier=harness.PORTAL):
        """A client of a service ("account" for AccountService) whose calls carry a statement."""
        place = "directory" if service == "account" else service
        channel = self.suite.channel(carrier, place)
        stub = stubs.account_stub(channel) if service == "account" else stubs.stub(service, channel)
        return Acting(stub, statement if isinstance(statement, bytes) else statement.SerializeToString())


class Acting:
    """A stub whose calls carry a statement."""

    def __init__(self, stub, statement: bytes):
        self._stub, self._metadata = stub, ((STATEMENT, statement),)

    def __getattr__(self, method):
        call = getattr(self._stub, method)
        return lambda request, timeout=harness.CALL_SECONDS: call(request, timeout=timeout, wait_for_ready=True,
                                                                 metadata=self._metadata)


def _log_in(user, password, code, address):
    return stubs.accounts.LogInRequest(user=user, password=password, code=code, address=address)


def account(suite, *words):
    """Runs `giaoban account …` as the operator; returns what it printed."""
    done = suite.cli(harness.OPERATOR, "account", *words, "--format", "json")
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)
    return json.loads(done.stdout)


def create(suite, user, role="office", bloc="") -> str:
    """Makes an account; returns its initial password."""
    more = ("--bloc", bloc) if bloc else ()
    return account(suite, "create", "--user", user, "--role", role, *more)["initialPassword"]


class Key:
    """A key that signs statements, as the file of the directory has it or a new one."""

    def __init__(self, file=None):
        self._key = Ed25519PrivateKey.generate()
        if file is not None:
            self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(file.read_text().strip())[:32])

    def sign(self, statement, key_id) -> stubs.accounts.SignedStatement:
        said = statement.SerializeToString()
        return stubs.accounts.SignedStatement(statement=said, key_id=key_id,
                                              signature=self._key.sign(b"giaoban statement v1\0" + said))


def restated(signed, issued: datetime.timedelta, life=datetime.timedelta(minutes=5)) -> stubs.accounts.Statement:
    """What a statement says, as if it had been issued this long after now."""
    statement = stubs.accounts.Statement.FromString(signed.statement)
    start = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + issued
    statement.issue_time.FromDatetime(start)
    statement.expire_time.FromDatetime(start + life)
    return statement
