"""Compares what `headrace api --json` prints with AWS's service models, as botocore carries them.

The format of the one is in src/wire/describe.h, of the other in botocore's service-2.json files.
"""

import botocore.loaders

XML_PROTOCOLS = ("rest-xml", "query", "ec2")
BOUNDS = ("min", "max", "pattern")


def load(service):
    return botocore.loaders.create_loader().load_service_model(service, "service-2")


def differences(described, model):
    """Lines "Operation.input.Member.Path: what differs" for one service; none when all agree."""
    return list(Comparison(model).service(described))


class Comparison:
    def __init__(self, model):
        self.shapes = model["shapes"]
        self.operations = model["operations"]
        self.protocol = model["metadata"]["protocol"]

    def service(self, described):
        for operation in described["operations"]:
            name = operation["name"]
            if name not in self.operations:
                yield f"{name}: AWS has no such operation"
                continue
            known = self.operations[name]
            if self.protocol.startswith("rest-"):
                for ours, theirs in (("method", "method"), ("uri", "requestUri")):
                    yield from self.same(name, ours, operation[ours], known["http"][theirs])
            for side in ("input", "output"):
                shape = self.shapes[known[side]["shape"]] if side in known else {}
                yield from self.members(f"{name}.{side}", operation[side], shape, top=True)

    @staticmethod
    def same(path, what, ours, theirs):
        if ours != theirs:
            yield f"{path}: {what} is {ours!r}, AWS has {theirs!r}"

    def members(self, path, described, shape, top=False):
        known = shape.get("members", {})
        declared = {member["name"]: member for member in described}
        if len(declared) != len(described):
            yield f"{path}: a member is declared twice"
        for name in known:
            if name not in declared:
                yield f"{path}.{name}: neither declared nor refused"
        for name, member in declared.items():
            if name not in known:
                yield f"{path}.{name}: AWS has no such member"
                continue
            yield from self.member(f"{path}.{name}", member, shape, top)

    def member(self, path, member, structure, top):
        name = member["name"]
        known = structure["members"][name]
        shape = self.shapes[known["shape"]]
        yield from self.binding(path, member, known, shape, structure if top else {})
        if member.get("refused"):
            return
        yield from self.same(path, "required", member.get("required", False),
                             name in structure.get("required", ()))
        yield from self.same(path, "exception", member.get("exception", False),
                             shape.get("exception", False))
        streams = known.get("streaming") or shape.get("streaming")
        events = "eventstream" if shape.get("eventstream") else None
        yield from self.type(path, member, shape, "stream" if streams else events)

    def binding(self, path, member, known, shape, structure):
        """Where in a request or an answer a member is, and under which name."""
        location = known.get("location", "body")
        if structure.get("payload") == member["name"]:
            location = "payload"
        yield from self.same(path, "location", member["location"], location)
        ours = member.get("location_name", member["name"])
        theirs = known.get("locationName", member["name"])
        if location in ("header", "headers"):
            yield from self.same(path, "header", ours.lower(), theirs.lower())
        elif location in ("querystring", "uri"):
            yield from self.same(path, "location_name", ours, theirs)
        elif location == "payload" and shape["type"] == "structure":
            yield from self.same(path, "root element", ours,
                                 known.get("locationName", known["shape"]))
        elif location == "body" and self.protocol in XML_PROTOCOLS:
            yield from self.same(path, "element", ours, theirs)
            yield from self.same(path, "attribute", member.get("attribute", False),
                                 known.get("xmlAttribute", False))
        if shape["type"] == "timestamp" and location in ("header", "querystring"):
            yield from self.same(path, "iso8601", member.get("iso8601", False),
                                 shape.get("timestampFormat") == "iso8601")
        if (shape["type"] == "list" and location == "body" and self.protocol in XML_PROTOCOLS
                and not member.get("refused")):
            yield from self.list_elements(path, member, known, shape)

    def list_elements(self, path, member, known, shape):
        flattened = bool(shape.get("flattened") or known.get("flattened"))
        yield from self.same(path, "flattened", member.get("flattened", False), flattened)
        if not flattened:
            yield from self.same(path, "item_name", member.get("item_name", "member"),
                                 shape["member"].get("locationName", "member"))

    def type(self, path, described, shape, kind=None):
        kind = kind or {"float": "double", "character": "string"}.get(shape["type"], shape["type"])
        yield from self.same(path, "type", described["type"], kind)
        if described["type"] != kind or kind == "stream":
            return
        if described.get("bad_pattern"):
            yield f"{path}: the pattern {described['pattern']!r} does not compile"
        for bound in BOUNDS:
            yield from self.same(path, bound, described.get(bound), shape.get(bound))
        yield from self.same(path, "enum", sorted(described.get("enum", ())),
                             sorted(shape.get("enum", ())))
        if kind in ("structure", "eventstream"):
            yield from self.members(path, described["members"], shape)
        elif kind == "list":
            yield from self.type(f"{path}[]", described["element"],
                                 self.shapes[shape["member"]["shape"]])
        elif kind == "map":
            yield from self.type(f"{path}<key>", described["key"],
                                 self.shapes[shape["key"]["shape"]])
            yield from self.type(f"{path}<value>", described["element"],
                                 self.shapes[shape["value"]["shape"]])
