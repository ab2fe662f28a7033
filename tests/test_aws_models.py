"""The comparison with AWS's models finds what it is there to find."""

import copy

import aws_models

JSON_MODEL = {
    "metadata": {"protocol": "json"},
    "operations": {"Put": {"http": {"method": "POST", "requestUri": "/"},
                           "input": {"shape": "PutInput"}, "output": {"shape": "PutOutput"}},
                   "Drop": {"http": {"method": "POST", "requestUri": "/"}}},
    "shapes": {
        "PutInput": {"type": "structure", "required": ["Name"],
                     "members": {"Name": {"shape": "Name"}, "Entries": {"shape": "Entries"},
                                 "Tags": {"shape": "Tags"}, "Mode": {"shape": "Mode"}}},
        "PutOutput": {"type": "structure", "members": {"Count": {"shape": "Count"}}},
        "Name": {"type": "string", "min": 1, "max": 128, "pattern": "[a-z]+"},
        "Entries": {"type": "list", "min": 1, "max": 500, "member": {"shape": "Entry"}},
        "Entry": {"type": "structure", "required": ["Data"],
                  "members": {"Data": {"shape": "Data"}}},
        "Data": {"type": "blob", "max": 10},
        "Tags": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Value"}},
        "Value": {"type": "string", "max": 256},
        "Mode": {"type": "string", "enum": ["FAST", "SLOW"]},
        "Count": {"type": "integer", "min": 0},
    },
}

JSON_DECLARED = {"service": "x", "operations": [
    {"name": "Put", "method": "", "uri": "",
     "input": [
         {"name": "Name", "location": "body", "required": True, "type": "string", "min": 1,
          "max": 128, "pattern": "[a-z]+"},
         {"name": "Entries", "location": "body", "type": "list", "min": 1, "max": 500,
          "element": {"type": "structure", "members": [
              {"name": "Data", "location": "body", "required": True, "type": "blob", "max": 10}]}},
         {"name": "Tags", "location": "body", "type": "map",
          "key": {"type": "string", "min": 1, "max": 128, "pattern": "[a-z]+"},
          "element": {"type": "string", "max": 256}},
         {"name": "Mode", "location": "body", "refused": True}],
     "output": [{"name": "Count", "location": "body", "type": "integer", "min": 0}]},
    {"name": "Drop", "method": "", "uri": "", "input": [], "output": []}]}

XML_MODEL = {
    "metadata": {"protocol": "rest-xml"},
    "operations": {"Get": {"http": {"method": "GET", "requestUri": "/{Bucket}"},
                           "input": {"shape": "GetInput"}, "output": {"shape": "GetOutput"}}},
    "shapes": {
        "GetInput": {"type": "structure", "required": ["Bucket"], "payload": "Document",
                     "members": {
            "Bucket": {"shape": "Text", "location": "uri", "locationName": "Bucket"},
            "Since": {"shape": "Time", "location": "header", "locationName": "If-Modified-Since"},
            "Document": {"shape": "Document", "locationName": "Root"}}},
        "Document": {"type": "structure", "members": {
            "Parts": {"shape": "Parts", "locationName": "Part"}, "Names": {"shape": "Names"}}},
        "GetOutput": {"type": "structure", "payload": "Body", "members": {
            "Body": {"shape": "Blob", "streaming": True},
            "Meta": {"shape": "Meta", "location": "headers", "locationName": "x-amz-meta-"}}},
        "Text": {"type": "string"}, "Time": {"type": "timestamp"}, "Blob": {"type": "blob"},
        "Parts": {"type": "list", "flattened": True, "member": {"shape": "Text"}},
        "Names": {"type": "list", "member": {"shape": "Text", "locationName": "Name"}},
        "Meta": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
    },
}

XML_DECLARED = {"service": "x", "operations": [
    {"name": "Get", "method": "GET", "uri": "/{Bucket}",
     "input": [
         {"name": "Bucket", "location": "uri", "required": True, "type": "string"},
         {"name": "Since", "location": "header", "location_name": "if-modified-since",
          "type": "timestamp"},
         {"name": "Document", "location": "payload", "location_name": "Root", "type": "structure",
          "members": [
              {"name": "Parts", "location": "body", "location_name": "Part", "flattened": True,
               "type": "list", "element": {"type": "string"}},
              {"name": "Names", "location": "body", "item_name": "Name", "type": "list",
               "element": {"type": "string"}}]}],
     "output": [
         {"name": "Body", "location": "payload", "type": "stream"},
         {"name": "Meta", "location": "headers", "location_name": "x-amz-meta-", "type": "map",
          "key": {"type": "string"}, "element": {"type": "string"}}]}]}


def changed(declared, model, change):
    copied = copy.deepcopy(declared)
    change(copied["operations"][0])
    return aws_models.differences(copied, model)


def json_changed(change):
    return changed(JSON_DECLARED, JSON_MODEL, change)


def xml_changed(change):
    return changed(XML_DECLARED, XML_MODEL, change)


def test_what_agrees_has_no_differences():
    assert aws_models.differences(JSON_DECLARED, JSON_MODEL) == []
    assert aws_models.differences(XML_DECLARED, XML_MODEL) == []


def test_operations_and_members_must_be_awss():
    assert json_changed(lambda o: o.update(name="Shove")) == ["Shove: AWS has no such operation"]
    assert json_changed(lambda o: o["input"].pop(3)) == [
        "Put.input.Mode: neither declared nor refused"]
    assert json_changed(lambda o: o["output"].append({"name": "More", "location": "body"})) == [
        "Put.output.More: AWS has no such member"]
    assert json_changed(lambda o: o["input"].append(o["input"][3])) == [
        "Put.input: a member is declared twice"]


def test_constraints_are_compared_at_every_depth():
    assert json_changed(lambda o: o["input"][0].update(max=127)) == [
        "Put.input.Name: max is 127, AWS has 128"]
    assert json_changed(lambda o: o["input"][0].pop("pattern")) == [
        "Put.input.Name: pattern is None, AWS has '[a-z]+'"]
    assert json_changed(lambda o: o["input"][0].pop("required")) == [
        "Put.input.Name: required is False, AWS has True"]
    assert json_changed(lambda o: o["input"][1]["element"]["members"][0].update(max=9)) == [
        "Put.input.Entries[].Data: max is 9, AWS has 10"]
    assert json_changed(lambda o: o["input"][2]["key"].pop("min")) == [
        "Put.input.Tags<key>: min is None, AWS has 1"]
    assert json_changed(lambda o: o["input"][2]["element"].pop("max")) == [
        "Put.input.Tags<value>: max is None, AWS has 256"]
    assert json_changed(lambda o: o["output"][0].update(type="long")) == [
        "Put.output.Count: type is 'long', AWS has 'integer'"]
    assert json_changed(lambda o: o["input"].__setitem__(
        3, {"name": "Mode", "location": "body", "type": "string", "enum": ["FAST"]})) == [
            "Put.input.Mode: enum is ['FAST'], AWS has ['FAST', 'SLOW']"]


def test_a_pattern_that_does_not_compile_is_a_difference():
    assert json_changed(lambda o: o["input"][0].update(bad_pattern=True)) == [
        "Put.input.Name: the pattern '[a-z]+' does not compile"]


def test_bindings_are_compared():
    assert xml_changed(lambda o: o.update(uri="/{Bucket}?x")) == [
        "Get: uri is '/{Bucket}?x', AWS has '/{Bucket}'"]
    assert xml_changed(lambda o: o["input"][0].update(location="body")) == [
        "Get.input.Bucket: location is 'body', AWS has 'uri'"]
    assert xml_changed(lambda o: o["input"][1].update(location_name="Since")) == [
        "Get.input.Since: header is 'since', AWS has 'if-modified-since'"]
    assert xml_changed(lambda o: o["input"][1].update(iso8601=True)) == [
        "Get.input.Since: iso8601 is True, AWS has False"]
    assert xml_changed(lambda o: o["input"][2].pop("location_name")) == [
        "Get.input.Document: root element is 'Document', AWS has 'Root'"]
    assert xml_changed(lambda o: o["input"][2]["members"][0].pop("location_name")) == [
        "Get.input.Document.Parts: element is 'Parts', AWS has 'Part'"]
    assert xml_changed(lambda o: o["input"][2]["members"][0].pop("flattened")) == [
        "Get.input.Document.Parts: flattened is False, AWS has True"]
    assert xml_changed(lambda o: o["input"][2]["members"][1].pop("item_name")) == [
        "Get.input.Document.Names: item_name is 'member', AWS has 'Name'"]
    assert xml_changed(lambda o: o["output"][0].update(type="blob")) == [
        "Get.output.Body: type is 'blob', AWS has 'stream'"]


def test_the_models_of_our_services_are_there():
    for service in ("kinesis", "firehose", "s3", "sts", "iam"):
        assert aws_models.load(service)["operations"]


def test_event_streams_are_compared_event_by_event():
    model = {
        "metadata": {"protocol": "json"},
        "operations": {"Watch": {"output": {"shape": "WatchOutput"}}},
        "shapes": {
            "WatchOutput": {"type": "structure", "members": {"Events": {"shape": "Ticks"}}},
            "Ticks": {"type": "structure", "eventstream": True, "required": ["Tick"],
                      "members": {"Tick": {"shape": "Tick"}, "Gone": {"shape": "Gone"}}},
            "Tick": {"type": "structure", "event": True, "members": {"N": {"shape": "N"}}},
            "Gone": {"type": "structure", "exception": True, "members": {}},
            "N": {"type": "integer"},
        },
    }
    number = {"name": "N", "location": "body", "type": "integer"}
    tick = {"name": "Tick", "location": "body", "required": True, "type": "structure",
            "members": [number]}
    gone = {"name": "Gone", "location": "body", "exception": True, "type": "structure",
            "members": []}
    events = {"name": "Events", "location": "body", "type": "eventstream",
              "members": [tick, gone]}
    declared = {"service": "x", "operations": [
        {"name": "Watch", "method": "", "uri": "", "input": [], "output": [events]}]}
    assert not aws_models.differences(declared, model)
    del gone["exception"]
    del tick["required"]
    number["type"] = "long"
    assert aws_models.differences(declared, model) == [
        "Watch.output.Events.Tick: required is False, AWS has True",
        "Watch.output.Events.Tick.N: type is 'long', AWS has 'integer'",
        "Watch.output.Events.Gone: exception is False, AWS has True"]
