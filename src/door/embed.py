"""Makes a C file out of docs/openapi.json, with needless space removed: embed.py openapi.json openapi.c"""
import json
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as source:
        text = json.dumps(json.load(source), separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    lines = [",".join(str(b) for b in text[i:i + 32]) for i in range(0, len(text), 32)]
    with open(sys.argv[2], "w", encoding="ascii") as out:
        out.write("#include <stddef.h>\nextern const unsigned char openapi_json[];\nextern const size_t openapi_json_size;\n")
        out.write("const unsigned char openapi_json[] = {\n" + ",\n".join(lines) + "};\n")
        out.write("const size_t openapi_json_size = %d;\n" % len(text))


main()
