"""Random templates: mostly well-typed, in every construct that chat templates use, with some errors among them."""

# What templates see; values of every type under names that say it.
CONTEXT = {
    "s": "Hello World", "u": "naïve ☃ 日本 ß🙂", "e": "", "w": "  pad\tded \n", "h": "<b>&'\"</b>", "num": "42", "real": "-2.50",
    "long": "the quick brown fox jumps over the lazy dog, self-made and well-known again\nand a second line\n\n  third",
    "n": 7, "z": 0, "neg": -3, "big": 123456789, "f": 2.5, "g": -0.125, "third": 1 / 3, "huge": 1e22, "tiny": 1.5e-7,
    "t": True, "no": False, "nil": None, "xs": [3, 1, 2], "empty": [], "words": ["b", "A", "c", "a", "B", "é"],
    "mixed": [1, "a", None, 2.0, True, [1, 2], {"k": 1}], "nested": [[1, 2], [3, [4]], []], "d": {"b": 1, "a": 2, "C": 3},
    "deep": {"a": {"b": [1, {"c": "deep"}]}, "items": 5, "x y": "spaced"},
    "rows": [{"k": "x", "v": 2}, {"k": "y", "v": 1}, {"k": "x", "v": 3}, {"k": "Y", "v": None}],
    "messages": [
        {"role": "system", "content": "Be brief. "},
        {"role": "user", "content": " Hi\nthere "},
        {"role": "assistant", "content": None,
         "tool_calls": [{"id": "c1", "function": {"name": "look_up", "arguments": {"city": "Łódź", "days": 2, "deep": [True, None, 1.5]}}}]},
        {"role": "tool", "content": "{\"ok\": true}"}, {"role": "user", "content": [{"type": "text", "text": "and?"}]}],
    "tools": [{"type": "function", "function": {"name": "look_up", "description": "Weather, \"daily\"", "parameters": {"type": "object", "properties": {}}}}],
    "add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>",
}
NAMES = {
    "str": ["s", "u", "e", "w", "h", "num", "real", "long", "bos_token"],
    "int": ["n", "z", "neg", "big"],
    "float": ["f", "g", "third", "huge", "tiny"],
    "bool": ["t", "no", "add_generation_prompt"],
    "list": ["xs", "empty", "words", "mixed", "nested", "rows", "messages", "tools"],
    "dict": ["d", "deep", "rows[0]", "messages[2]", "tools[0]['function']"],
}
KINDS = list(NAMES)
TEXT = ["a", "b ", " c", "Text.", "<|im_start|>", "é", "{ ", "}", "%", "#", "- ", "\\n", "'", '"', "{ { ", "% }", "x\ty"]
SPACE = ["", "", " ", "  ", "\n", "\n\n", "\n  ", " \n", "\t", "\r\n", "  \n  ", "\n\t"]
TESTS = ["defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping", "iterable", "sequence",
         "callable", "true", "false", "escaped"]
FORMATS = ["'%s'", "'%d'", "'%5.2f'", "'%-6s|'", "'%05d'", "'%r'", "'%+d'", "'%x'", "'%e'", "'%g'", "'%%'", "'%c'", "'%.3s'", "'%o'", "'%#x'", "'% d'", "'%10.3e'"]
BRACES = ["'{}'", "'{:>8}'", "'{:<8}|'", "'{:^9}'", "'{:*^9}'", "'{!r}'", "'{0}{0}'", "'{:.3}'", "'{{}}{}'", "'{:6}|'"]
NUMBER_BRACES = ["'{:05d}'", "'{:+}'", "'{:,}'", "'{:.2f}'", "'{:x}'", "'{:08.3f}'", "'{:e}'", "'{:g}'", "'{:%}'", "'{:>+9.1f}'", "'{:#x}'", "'{:_}'", "'{:b}'", "'{:.0f}'", "'{: }'"]
TEXT_FILTERS = ["upper", "lower", "title", "capitalize", "trim", "string", "e", "escape", "forceescape", "striptags",
                "urlencode", "safe", "reverse", "length", "wordcount", "list", "first", "last", "urlize"]
JSON_OPTIONS = ["indent=2", "indent=0", "ensure_ascii=true", "sort_keys=true", 'separators=(",", ":")',
                "indent=4, sort_keys=true", "indent=1, ensure_ascii=true", "false, 2"]
INDENT_OPTIONS = ["", "2", "3, true", "first=true", "blank=true", "1, true, true", "'> '"]
TRUNCATE_OPTIONS = ["5", "10, true", "8, false, ''", "12, true, '..', 0", "20", "9, leeway=3"]
LAYOUT_FILTERS = ["center(12)", "center(3)", "wordwrap(10)", "wordwrap(6, false)", "wordwrap(8, wrapstring='|')",
                  "wordwrap(12, break_on_hyphens=false)"]
ROUND_OPTIONS = ["", "1", "2", "0, 'ceil'", "1, 'floor'", "3"]
NUMBER_TESTS = ["odd", "even", "divisibleby 3", "divisibleby(2)", "eq 3", "gt(2)", "lt 5", "ge 1", "ne 0", "in xs",
                "in [1, 2]", "sameas n"]
TEXT_PREDICATES = ["isdigit()", "isalpha()", "isalnum()", "isupper()", "islower()", "isspace()", "istitle()",
                   "isnumeric()", "isascii()", "isidentifier()", "isdecimal()", "isprintable()"]
ORDER_FILTERS = ["sort", "sort(reverse=true)", "sort(case_sensitive=true)", "unique", "unique(true)", "reverse", "list",
                 "sort(true, true)"]
SELECTIONS = ["map('string')", "map('default', 0)", "select", "reject", "select('number')", "reject('none')",
              "select('in', xs)", "map('length')", "map('int', -1)"]
ROW_FILTERS = ["map(attribute='k')", "selectattr('k', 'equalto', 'x')", "rejectattr('v')", "selectattr('v')",
               "map(attribute='q', default='-')", "sort(attribute='k')", "unique(attribute='k')", "groupby('k')",
               "groupby('q', default=1)", "map('items')|map('list')"]
CHUNKS = ["batch(2)", "batch(3, 0)", "slice(2)", "slice(3, '-')"]
SET_FILTERS = ["", "", " | upper", " | trim", " | replace('a', 'o')"]
BLOCK_FILTERS = ["upper", "trim", "replace('a', 'b')", "indent(2)", "upper|trim", "title", "length", "e"]
FLOAT_ROUND_OPTIONS = ["", "1", "2", "-1", "1, 'ceil'"]
TEXT_METHODS = ["upper()", "lower()", "strip()", "lstrip()", "rstrip()", "title()", "capitalize()", "swapcase()",
                "casefold()", "expandtabs()", "expandtabs(2)", "zfill(8)", "center(9, '*')", "ljust(6)", "rjust(14)"]
SPLITS = ["split()", "splitlines()", "split(',')", "rsplit(' ', 1)", "split(none, 1)", "partition(' ')",
          "rpartition('o')", "splitlines(true)", "split(maxsplit=1)"]
ENTRIES = ["|items", ".items()", ".keys()", ".values()", "|dictsort", "|dictsort(true)", "|dictsort(false, 'value')",
           "|dictsort(reverse=true)", "|list", "|tojson|list"]


class Grammar:
    def __init__(self, random):
        self.random = random
        self.locals = []  # (name, kind)
        self.loops = 0
        self.macros = []  # (name, number of parameters)
        self.serial = 0

    def one(self, choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share

    def fresh(self):
        self.serial += 1
        return f"v{self.serial}"

    # Expressions

    def any(self, depth):
        return self.expression(self.one(KINDS), depth)

    def expression(self, kind, depth=2):
        if self.chance(0.008):
            kind = self.one(KINDS)
        if self.chance(0.003):
            return self.one(["missing", "missing.x", "s.missing", "d.missing", "xs[99]", "nil.x", "n.real.x", "s.__class__", "xs.append(1)",
                             "d.update({})", "raise_exception('no')", "range(3)|nofilter", "1/0", "s + 1", "xs < 1", "loop", "caller()"])
        known = [name for name, its in self.locals if its == kind]
        if known and self.chance(0.25):
            return self.one(known)
        if depth <= 0 or self.chance(0.15):
            return self.leaf(kind)
        return getattr(self, kind + "_expression")(depth - 1)

    def leaf(self, kind):
        if self.chance(0.6):
            return self.one(NAMES[kind])
        if kind == "str":
            return self.one(["'a'", '"b c"', "''", "'it\\'s'", "'\\n'", "'\\t x'", "'é☃'", "'a,b,,c'", "'\\u00e9\\x41'", "'A b'", "'x' 'y'", "'%'", "'-'", "'3.7'", "' 12 '", "'ab'"])
        if kind == "int":
            return self.one(["0", "1", "2", "3", "-1", "10", "1_000", "0x1f", "0b11", "0o17", "255", "(-4)"])
        if kind == "float":
            return self.one(["0.5", "1.0", "1e3", "2.5e-3", "-1.5", "3.14159", "1_0.5", "100.0", "1e16", "0.1"])
        if kind == "bool":
            return self.one(["true", "false", "True", "False"])
        if kind == "list":
            return self.one(["[]", "[1, 2, 3]", "['b', 'a']", "(1, 2)", "(3,)", "()", "[none, 1]", "range(4)", "range(1, 9, 3)", "[[1, 'a'], [2, 'b']]", "range(3, 0, -1)"])
        return self.one(["{}", "{'k': 1}", "{'b': [1], 'a': {'c': none}}", "dict(p=1, q='2')", "{1: 'one', 'two': 2}"])

    def str_expression(self, d):
        s = lambda: self.expression("str", d)
        i = lambda: self.expression("int", d)
        x = lambda: self.expression("list", d)
        small = lambda: str(self.random.randint(-3, 12))
        return self.one([
            lambda: f"{s()} ~ {self.any(d)}", lambda: f"{s()} + {s()}", lambda: f"({s()} * {self.random.randint(-1, 3)})",
            lambda: f"{self.post(s())}|{self.one(TEXT_FILTERS)}",
            lambda: f"{self.post(self.any(d))}|{self.one(['string', 'tojson', 'pprint', 'e', 'default(1)'])}",
            lambda: f"{self.post(self.any(d))}|tojson({self.one(JSON_OPTIONS)})",
            lambda: f"{self.post(s())}|replace({s()}, {s()}{self.one(['', ', 1', ', 2'])})",
            lambda: f"{self.post(s())}|indent({self.one(INDENT_OPTIONS)})",
            lambda: f"{self.post(s())}|truncate({self.one(TRUNCATE_OPTIONS)})",
            lambda: f"{self.post(s())}|{self.one(LAYOUT_FILTERS)}",
            lambda: f"{self.post(self.any(d))}|default({s()}{self.one(['', ', true', ', boolean=true'])})",
            lambda: f"{self.post(x())}|join(" + self.one([s(), "', '", ""]) + ")",
            lambda: f"rows|join(', ', attribute='{self.one('kv')}')",
            lambda: f"({self.one(FORMATS)} % {self.any(d) if self.chance(0.3) else self.expression(self.one(['int', 'float', 'str']), d)})",
            lambda: f"('%s-%s' % ({self.any(d)}, {self.any(d)}))",
            lambda: f"'%s|%s'|format({self.any(d)}, {self.any(d)})",
            lambda: f"{self.one(BRACES)}.format({self.expression(self.one(['str', 'int', 'float', 'bool', 'list']), d)})",
            lambda: f"{self.one(NUMBER_BRACES)}.format({self.expression(self.one(['int', 'float', 'bool']), d)})",
            lambda: f"'{{a}} {{b[0]}}'.format(a={s()}, b={x()})",
            lambda: f"{self.post(s())}.{self.one(TEXT_METHODS)}",
            lambda: f"{self.post(s())}.{self.one(['strip', 'lstrip', 'rstrip'])}({s()})",
            lambda: f"{self.post(s())}.{self.one(['removeprefix', 'removesuffix'])}({s()})",
            lambda: f"{self.post(s())}.replace({s()}, {s()}{self.one(['', ', 1', ', -1', ', 0'])})",
            lambda: f"{self.post(s())}.join(" + self.one(["words", "xs|map('string')", s() + "|list", x()]) + ")",
            lambda: f"{self.post(s())}[{self.slice(d)}]", lambda: f"{self.post(s())}[{small()}]",
            lambda: f"({s()} if {self.expression('bool', d)} else {s()})", lambda: f"({s()} if {self.expression('bool', d)})",
            lambda: f"({s()} {self.one(['or', 'and'])} {s()})",
            lambda: f"{self.post(i())}|{self.one(['filesizeformat', 'string', 'filesizeformat(true)'])}",
            lambda: f"{self.post(self.expression('float', d))}|round({self.one(ROUND_OPTIONS)})",
            lambda: f"{self.post(self.expression('dict', d))}|xmlattr",
            lambda: f"messages[{self.random.randint(0, 4)}].{self.one(['role', 'content'])}",
            lambda: "deep['a'].b[1]['c']", lambda: "deep['x y']",
        ])()

    def int_expression(self, d):
        i = lambda: self.expression("int", d)
        s = lambda: self.expression("str", d)
        x = lambda: self.expression("list", d)
        loop = ["loop.index", "loop.index0", "loop.revindex", "loop.revindex0", "loop.length", "loop.depth", "loop.depth0"]
        return self.one([
            lambda: f"({i()} {self.one(['+', '-', '*'])} {i()})", lambda: f"({i()} {self.one(['//', '%'])} {i()})",
            lambda: f"({self.random.randint(-3, 4)} ** {self.random.randint(0, 5)})", lambda: f"(-{i()})", lambda: f"(+{i()})",
            lambda: f"{self.post(self.expression(self.one(['str', 'list', 'dict']), d))}|{self.one(['length', 'count'])}",
            lambda: f"{self.post(self.expression(self.one(['str', 'float', 'bool', 'int']), d))}|int({self.one(['', '5', 'default=-1', '0, 16', 'base=2'])})",
            lambda: f"{self.post(s())}.{self.one(['find', 'rfind', 'count'])}({s()}{self.one(['', ', 1', ', 1, 5', ', -4'])})",
            lambda: f"{self.post(s())}|wordcount", lambda: f"{self.post(i())}|abs",
            lambda: f"{self.one(['xs', 'range(5)', '[4, 2]', x()])}|{self.one(['sum', 'min', 'max', 'first', 'last', 'sum(start=3)'])}",
            lambda: f"rows|map(attribute='v')|{self.one(['first', 'list|length'])}",
            lambda: f"rows|{self.one(['rejectattr', 'selectattr'])}('v', 'none')|sum(attribute='v')",
            lambda: f"xs[{self.random.randint(-4, 4)}]", lambda: f"{self.one(['xs', x()])}.{self.one(['index', 'count'])}({i()})",
            lambda: self.one(loop) if self.loops else i(), lambda: f"({i()} if {self.expression('bool', d)} else {i()})",
            lambda: f"({i()} or {i()})", lambda: f"{self.one(['d', 'rows[0]'])}.{self.one(['a', 'b', 'k', 'v'])}",
            lambda: f"d.get('{self.one('abcz')}'{self.one(['', ', 9'])})",
        ])()

    def float_expression(self, d):
        number = lambda: self.expression(self.one(["int", "float"]), d)
        return self.one([
            lambda: f"({number()} / {number()})", lambda: f"({self.expression('float', d)} {self.one(['+', '-', '*'])} {number()})",
            lambda: f"({self.expression('float', d)} {self.one(['//', '%'])} {number()})",
            lambda: f"{self.post(self.expression(self.one(['str', 'int', 'float']), d))}|float({self.one(['', '1.5', 'default=0'])})",
            lambda: f"{self.post(number())}|round({self.one(FLOAT_ROUND_OPTIONS)})",
            lambda: f"{self.post(number())}|abs", lambda: f"(2 ** {self.one(['-1', '0.5', '-2'])})", lambda: f"(-{self.expression('float', d)})",
        ])()

    def bool_expression(self, d):
        b = lambda: self.expression("bool", d)
        kind = self.one(["int", "str", "float", "list"])
        loop = ["loop.first", "loop.last", "loop.changed(n)", "loop.previtem is defined", "loop.nextitem is defined"]
        return self.one([
            lambda: f"({self.expression(kind, d)} {self.one(['==', '!=', '<', '<=', '>', '>='])} {self.expression(kind, d)})",
            lambda: f"({self.any(d)} {self.one(['==', '!='])} {self.any(d)})", lambda: f"({b()} {self.one(['and', 'or'])} {b()})", lambda: f"(not {b()})",
            lambda: f"({self.expression('str', d)} {self.one(['in', 'not in'])} {self.expression(self.one(['str', 'list', 'dict']), d)})",
            lambda: f"({self.any(d)} is {self.one(['', 'not '])}{self.one(TESTS)})",
            lambda: f"({self.expression('str', d)} is {self.one(['upper', 'lower'])})",
            lambda: f"({self.expression('int', d)} is {self.one(NUMBER_TESTS)})",
            lambda: f"(missing is {self.one(['defined', 'undefined', 'not defined'])})", lambda: f"({self.one(NAMES['dict'])}.zz is defined)",
            lambda: f"('{self.one(['upper', 'nofilter'])}' is filter)", lambda: f"('{self.one(['odd', 'notest'])}' is test)",
            lambda: f"{self.post(self.expression('str', d))}.{self.one(['startswith', 'endswith'])}(" + self.one([self.expression('str', d), "('a', 'H')"]) + ")",
            lambda: f"{self.post(self.expression('str', d))}.{self.one(TEXT_PREDICATES)}",
            lambda: f"({self.expression('int', d)} < {self.expression('int', d)} <= {self.expression('int', d)})",
            lambda: self.one(loop) if self.loops else b(),
        ])()

    def list_expression(self, d):
        x = lambda: self.expression("list", d)
        s = lambda: self.expression("str", d)
        words = lambda: self.one(["words", "xs", "rows|map(attribute='k')", s() + ".split()", x()])
        return self.one([
            lambda: f"[{', '.join(self.any(d) for _ in range(self.random.randint(0, 3)))}]", lambda: f"({x()} + {x()})", lambda: f"({x()} * {self.random.randint(-1, 2)})",
            lambda: f"{self.post(s())}.{self.one(SPLITS)}",
            lambda: f"{self.post(words())}|{self.one(ORDER_FILTERS)}|list",
            lambda: f"{self.post(x())}|{self.one(SELECTIONS)}|list",
            lambda: f"rows|{self.one(ROW_FILTERS)}|list",
            lambda: f"{self.post(x())}|{self.one(CHUNKS)}|list",
            lambda: f"{self.post(self.expression('dict', d))}{self.one(ENTRIES)}|list",
            lambda: f"{self.post(x())}[{self.slice(d)}]", lambda: f"range({self.random.randint(-2, 6)}, {self.random.randint(-2, 9)})|list", lambda: f"{self.post(s())}|list",
            lambda: f"({x()} if {self.expression('bool', d)} else {x()})", lambda: "(messages[2].tool_calls)", lambda: f"{self.post(x())}|list",
            lambda: f"{self.post(x())}|{self.one(['first', 'last', 'min', 'max'])}",
        ])()

    def dict_expression(self, d):
        return self.one([
            lambda: "{" + ", ".join(f"'{self.one('abxyz')}': {self.any(d)}" for _ in range(self.random.randint(0, 3))) + "}",
            lambda: f"dict(a={self.any(d)}, b={self.any(d)})", lambda: f"dict({self.one(NAMES['dict'])}, z={self.any(d)})",
            lambda: f"(d if {self.expression('bool', d)} else rows[1])", lambda: "rows|first", lambda: "messages|last", lambda: "d.copy()",
            lambda: "messages[2].tool_calls[0].function.arguments",
        ])()

    def slice(self, d):
        bound = lambda: self.one(["", str(self.random.randint(-8, 8)), str(self.random.randint(0, 4)), "none", "n"])
        return f"{bound()}:{bound()}" + self.one(["", "", f":{self.one(['', '-1', '2', '-2', '1'])}"])

    def post(self, text):
        """What a filter, a method or a subscript can stand behind."""
        return text if text.isidentifier() or (text.startswith("(") and text.count("(") == 1 and text.endswith(")")) else f"({text})"

    # Statements

    def open(self, mark):
        return "{" + mark + self.one(["", "", "", "", "-", "+"]) + self.one([" ", " ", "  ", "\n "])

    def close(self, mark):
        return self.one([" ", " ", "  ", "\n"]) + self.one(["", "", "", "", "-"] if mark != "%" else ["", "", "", "", "-", "+"]) + mark + "}"

    def tag(self, text):
        return self.open("%") + text + self.close("%")

    def text(self):
        return "".join(self.one(SPACE) + self.one(TEXT) for _ in range(self.random.randint(0, 2))) + self.one(SPACE)

    def body(self, depth):
        mark = len(self.locals)
        text = "".join(self.statement(depth) for _ in range(self.random.randint(0, 3))) or self.text()
        del self.locals[mark:]
        return text

    def output(self):
        return self.open("{") + self.any(2) + self.close("}")

    def statement(self, depth):
        if depth <= 0 or self.chance(0.35):
            return self.text() + self.output() + self.text()
        return self.text() + self.one([self.if_chain, self.if_chain, self.for_loop, self.for_loop, self.for_loop, self.set, self.set, self.set_block, self.namespace,
                                       self.macro, self.call, self.filter_block, self.with_block, self.raw, self.comment, self.generation, self.loop_control,
                                       self.statements_about_messages])(depth - 1) + self.text()

    def if_chain(self, depth):
        text = self.tag(f"if {self.any(1) if self.chance(0.4) else self.expression('bool')}") + self.body(depth)
        if self.chance(0.3):
            text += self.tag(f"elif {self.expression('bool')}") + self.body(depth)
        if self.chance(0.5):
            text += self.tag("else") + self.body(depth)
        return text + self.tag("endif")

    def for_loop(self, depth):
        source, kinds = self.one([("xs", ["int"]), ("words", ["str"]), ("rows", ["dict"]), ("messages", ["dict"]), ("d.items()", ["str", "int"]), ("d|dictsort", ["str", "int"]),
                                  ("range(3)", ["int"]), ("u", ["str"]), ("d", ["str"]), ("empty", ["int"]), ("[[1, 'a'], [2, 'b']]", ["int", "str"]),
                                  (self.expression("list"), ["str"]), ("rows|groupby('k')", ["str", "list"]), ("loop.missing", ["int"]), ("xs|batch(2)", ["list"])])
        names = [self.fresh() for _ in kinds]
        mark = len(self.locals)
        self.locals += zip(names, kinds)
        condition = f" if {self.expression('bool', 1)}" if self.chance(0.2) else ""
        self.loops += 1
        body = self.body(depth)
        if self.chance(0.4):
            body += self.open("{") + self.one(["loop.index", "loop.cycle('a', 'b')", "loop.changed(" + names[0] + ")", "loop.last", "loop.length", "loop.revindex", "loop.first",
                                               "loop.previtem", "loop.nextitem", "loop.depth", "loop|string|length > 0", "loop.index0"]) + self.close("}")
        recursive = ""
        if self.chance(0.06):
            recursive = " recursive"
            body += "{% if loop.depth < 3 and " + names[0] + " is iterable and " + names[0] + " is not string %}{{ loop(" + names[0] + ") }}{% endif %}"
        self.loops -= 1
        del self.locals[mark:]
        otherwise = self.tag("else") + self.body(depth) if self.chance(0.2) else ""
        return self.tag(f"for {', '.join(names)} in {source}{condition}{recursive}") + body + otherwise + self.tag("endfor")

    def set(self, depth):
        if self.chance(0.15):
            a, b = self.fresh(), self.fresh()
            text = self.tag(f"set {a}, {b} = {self.expression('int')}, {self.expression('str')}")
            self.locals += [(a, "int"), (b, "str")]
            return text
        kind = self.one(KINDS)
        name = self.one([known for known, _ in self.locals] or [self.fresh()]) if self.chance(0.2) else self.fresh()
        text = self.tag(f"set {name} = {self.expression(kind)}")
        self.locals.append((name, kind))
        return text

    def set_block(self, depth):
        name = self.fresh()
        text = self.tag(f"set {name}{self.one(SET_FILTERS)}") + self.body(depth) + self.tag("endset")
        self.locals.append((name, "str"))
        return text

    def namespace(self, depth):
        name = self.fresh()
        text = self.tag(f"set {name} = namespace({self.one(['', 'a=0', 'a=1, b=xs', 'd'])})")
        text += self.tag(f"for i in range({self.random.randint(0, 4)})") + self.tag(f"set {name}.a = {self.one([name + '.a + i', 'i', self.any(1), name + '.a ~ i'])}")
        return text + self.body(depth) + self.tag("endfor") + "{{ " + name + ".a }}"

    def macro(self, depth):
        name = "m" + self.fresh()
        parameters = [self.fresh() for _ in range(self.random.randint(0, 3))]
        fallbacks = self.random.randint(0, len(parameters))
        signature = [p if i < len(parameters) - fallbacks else f"{p}={self.any(1)}" for i, p in enumerate(parameters)]
        mark, loops = len(self.locals), self.loops
        self.locals += [(p, self.one(KINDS)) for p in parameters]
        self.loops = 0
        body = self.body(depth) + self.one(["", "", "{{ varargs }}", "{{ kwargs }}", "{{ caller() if caller }}", "{{ varargs|length }}{{ kwargs.q }}"])
        del self.locals[mark:]
        self.loops = loops
        text = self.tag(f"macro {name}({', '.join(signature)})") + body + self.tag("endmacro")
        self.macros.append((name, len(parameters)))
        return text + self.call_of(name, len(parameters))

    def arguments(self, count):
        given = [self.any(1) for _ in range(self.one([count] * 12 + [max(0, count - 1), count + 1]))]
        return ", ".join(given) + self.one([""] * 20 + [", q=1" if given else "q=1", (", " if given else "") + "*xs", (", " if given else "") + "**d"])

    def call_of(self, name, count):
        return "{{ " + f"{name}({self.arguments(count)})" + self.one(["", "", "|upper", "|trim|length"]) + " }}"

    def call(self, depth):
        if not self.macros:
            return self.macro(depth)
        name, count = self.one(self.macros)
        if self.chance(0.5):
            return self.call_of(name, count)
        return self.tag(f"call{self.one(['', '', '(x)'])} {name}({self.arguments(count)})") + self.body(depth) + self.tag("endcall")

    def filter_block(self, depth):
        return self.tag(f"filter {self.one(BLOCK_FILTERS)}") + self.body(depth) + self.tag("endfilter")

    def with_block(self, depth):
        name, kind = self.fresh(), self.one(KINDS)
        text = self.tag(f"with {name} = {self.expression(kind)}")
        self.locals.append((name, kind))
        text += self.body(depth) + self.tag("endwith")
        self.locals.pop()
        return text

    def raw(self, depth):
        return self.one(["{% raw %}", "{%- raw -%}", "{%+ raw %}"]) + self.one(["{{ x }}", "{% if %}", "text", "{# c #}", " {{", "\n"]) + self.one(["{% endraw %}", "{%- endraw -%}"])

    def comment(self, depth):
        return "{#" + self.one(["", "-", "+"]) + self.one([" note ", "", "\n note\n", " {{ x }} ", " # "]) + self.one(["", "-", "+"]) + "#}"

    def generation(self, depth):
        return self.tag("generation") + self.body(depth) + self.tag("endgeneration")

    def loop_control(self, depth):
        if not self.loops and not self.chance(0.1):
            return self.output()
        return self.tag(f"if {self.expression('bool', 1)}") + self.tag(self.one(["break", "continue"])) + self.tag("endif")

    def statements_about_messages(self, depth):
        return (self.tag("for message in messages") + self.one([
            "{{ '<|' + message['role'] + '|>' }}", "{{ message.role|upper ~ ': ' }}", "{%- if message.role == 'user' %}[U]{%- elif message['content'] is string %}[S]{% else %}[?]{% endif -%}"])
            + self.one(["{{ message.content | trim if message.content is string else message.content | tojson }}", "{{ message['content'] }}", "{% if message.tool_calls %}{{ message.tool_calls[0].function | tojson(indent=2) }}{% endif %}",
                        "{% if message.content is none %}-{% else %}{{ message.content|length }}{% endif %}"])
            + self.one(["", "{{ '\\n' if not loop.last }}", "{{- eos_token }}\n", "\n"]) + self.tag("endfor"))

    def template(self):
        text = "".join(self.statement(3) for _ in range(self.random.randint(1, 4)))
        if self.chance(0.05) and text:  # an error of syntax, most likely
            at = self.random.randrange(len(text))
            text = text[:at] + self.one(["", "{", "%}", "{{", "'", "(", "|", "}"]) + text[at + self.random.randint(0, 2):]
        return text
