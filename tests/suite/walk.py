"""Every method of the contract, and requests for it, made from the descriptors alone."""

import dataclasses
import importlib

import grpc
from google.protobuf import symbol_database
from google.protobuf.descriptor import FieldDescriptor

import stubs

# A figure nobody else uses, to find it again where no figure belongs.
FIGURE = 987654321

# What fields are filled with, by name; a request made of these changes nothing: its request_id is too short, its draft
# of another version.
VALUES = {"kind": "membership", "request_id": "short", "version": 99, "date": "2023-01-01", "on": "", "page_token": "",
          "position": 0, "after": 0, "past_only": True}
BLOCS = {"bloc", "predecessors", "successors"}

SECONDS = 10


@dataclasses.dataclass(frozen=True)
class Method:
    service: str
    name: str
    roles: frozenset  # names of the roles its access option lists; of health and reflection everybody's
    request: type = None  # None: not ours, `payload` is sent
    payload: bytes = b""
    client_streams: bool = False
    server_streams: bool = False

    @property
    def path(self) -> str:
        return f"/{self.service}/{self.name}"

    @property
    def ends(self) -> bool:
        """Whether its stream ends by itself, as `past_only` makes it."""
        return self.request is not None and "past_only" in self.request.DESCRIPTOR.fields_by_name


@dataclasses.dataclass(frozen=True)
class Target:
    """What a request names."""
    bloc: str
    cluster: str
    period: str
    code: str = "mem_closing"


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a caller gets: everything but how long it took. Of a stream that does not end, what it begins with."""
    code: grpc.StatusCode
    message: str = ""
    details: bytes = b""
    body: tuple = ()


def _ours(method) -> Method:
    roles = method.GetOptions().Extensions[stubs.options.access].roles
    return Method(method.containing_service.full_name, method.name,
                  frozenset(stubs.options.Role.Name(role)[len("ROLE_"):].lower() for role in roles),
                  symbol_database.Default().GetPrototype(method.input_type), b"",
                  method.client_streaming, method.server_streaming)


def contract() -> list:
    """The methods of every service in proto/, and those of health and reflection."""
    methods = []
    for file in sorted((stubs.ROOT / "proto" / "giaoban").rglob("*.proto")):
        name = str(file.relative_to(stubs.ROOT / "proto").with_suffix("")).replace("/", ".")
        for service in importlib.import_module(f"{name}_pb2").DESCRIPTOR.services_by_name.values():
            methods += [_ours(method) for method in service.methods]
    everybody = frozenset(name[len("ROLE_"):].lower() for name, number in stubs.options.Role.items() if number)
    health, reflection = "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"
    return methods + [Method(health, "Check", everybody), Method(health, "Watch", everybody, server_streams=True),
                      Method(reflection, "ServerReflectionInfo", everybody, None, b"\x3a\x01*", True, True)]


# --- Requests ------------------------------------------------------------------


def _oneofs(descriptor) -> list:
    """The real ones: proto3's optional fields are each in one of their own."""
    return [oneof for oneof in descriptor.oneofs if not oneof.name.startswith("_")]


def _is_ours(field) -> bool:
    return field.message_type is not None and field.message_type.full_name.startswith("giaoban.") and not (
        field.message_type.GetOptions().map_entry)


def choices(descriptor, path="") -> list:
    """What can be chosen in a request, one at a time: (label, (path, choice)) for each alternative of a oneof and each
    value of an enum."""
    found = []
    for oneof in _oneofs(descriptor):
        found += [(f"{oneof.name}={field.name}", (path + oneof.name, field.name)) for field in oneof.fields]
    for field in descriptor.fields:
        if field.containing_oneof in _oneofs(descriptor) and field is not field.containing_oneof.fields[0]:
            continue
        if field.enum_type is not None:
            found += [(f"{field.name}={value.name}", (path + field.name, value.number))
                      for value in field.enum_type.values if value.number]
        elif _is_ours(field):
            found += choices(field.message_type, f"{path}{field.name}.")
    return found


def _scalar(field, target):
    is_figure = field.containing_type.GetOptions().Extensions[stubs.options.form].kind
    if field.name in BLOCS:
        return target.bloc
    if field.name in ("cluster", "period", "code"):
        return getattr(target, field.name)
    if field.name in VALUES and type(field.default_value) in (type(VALUES[field.name]), list):
        return VALUES[field.name]
    return {FieldDescriptor.CPPTYPE_STRING: bytes(32) if field.type == FieldDescriptor.TYPE_BYTES else "x",
            FieldDescriptor.CPPTYPE_BOOL: field.containing_oneof is not None}.get(
                field.cpp_type, FIGURE if is_figure else 1)


def fill(message, target: Target, choice=(None, None), path=""):
    """Fills every field; of a oneof the one chosen, or else the first. Returns the message."""
    where, chosen = choice
    for field in message.DESCRIPTOR.fields:
        oneof = field.containing_oneof
        if oneof in _oneofs(message.DESCRIPTOR):
            taken = chosen if where == path + oneof.name else oneof.fields[0].name
            if field.name != taken:
                continue
        repeated = field.label == FieldDescriptor.LABEL_REPEATED
        if _is_ours(field):
            inner = getattr(message, field.name)
            inner = inner.add() if repeated else inner
            inner.SetInParent()
            fill(inner, target, choice, f"{path}{field.name}.")
        elif field.message_type is None:
            value = _scalar(field, target)
            if field.enum_type is not None:
                value = chosen if where == path + field.name else 1
            getattr(message, field.name).append(value) if repeated else setattr(message, field.name, value)
    return message


def names(descriptor, wanted: set) -> bool:
    """Whether a request has a field with one of these names."""
    return any(field.name in wanted or _is_ours(field) and names(field.message_type, wanted)
               for field in descriptor.fields)


# --- Calls ---------------------------------------------------------------------


def call(channel: grpc.Channel, method: Method, payload: bytes, metadata=()) -> Answer:
    """Makes the call."""
    kind = f"{'stream' if method.client_streams else 'unary'}_{'stream' if method.server_streams else 'unary'}"
    invoke = getattr(channel, kind)(method.path)
    request = iter([payload]) if method.client_streams else payload
    try:
        answer = invoke(request, timeout=SECONDS, wait_for_ready=True, metadata=metadata)
        if not method.server_streams:
            return Answer(grpc.StatusCode.OK, body=(answer,))
        messages = tuple(answer) if method.ends else (next(answer),)
        answer.cancel()
        return Answer(grpc.StatusCode.OK, body=messages)
    except grpc.RpcError as error:
        details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
        return Answer(error.code(), error.details(), details)
