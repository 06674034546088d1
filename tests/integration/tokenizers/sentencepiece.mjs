// SentencePiece's tokenizer.model, a protocol buffer (its sentencepiece_model.proto).

const varint = (value) => {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
};
const number = (field, value) => Buffer.concat([varint(field << 3), varint(Number(value))]);
const bytes = (field, value) => Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
const float = (field, value) => {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(value);
  return Buffer.concat([varint((field << 3) | 5), buffer]);
};

const types = { normal: 1, unknown: 2, control: 3, byte: 6 };
function typeOf(piece, id) {
  if (id === 0) return types.unknown;
  if (id <= 2) return types.control;
  return /^<0x[0-9A-F]{2}>$/.test(piece) ? types.byte : types.normal;
}

/// For the `model` of a tokenizer.json whose first tokens are the unknown one, begin and end. A piece scores by the first of
/// its merges.
export function sentencePieceModel({ vocab, merges }) {
  const rank = new Map();
  merges.forEach(([left, right], i) => rank.has(left + right) || rank.set(left + right, i));
  const pieces = Object.entries(vocab).sort((a, b) => a[1] - b[1]);
  const list = pieces.map(([piece, id]) =>
    bytes(1, Buffer.concat([bytes(1, Buffer.from(piece)), float(2, -(rank.get(piece) ?? 0)), number(3, typeOf(piece, id))])));
  const trainer = Buffer.concat([number(3, 2), number(35, true), number(40, 0), number(41, 1), number(42, 2)]);
  const normalizer = Buffer.concat([bytes(1, Buffer.from("identity")), number(3, true), number(4, false), number(5, true)]);
  return Buffer.concat([...list, bytes(2, trainer), bytes(3, normalizer)]);
}

/// The fields of a protocol buffer: [number, value], where a value is a number or bytes.
function* fields(buffer) {
  let at = 0;
  const read = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = buffer[at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < buffer.length) {
    const key = read();
    const kind = key & 7;
    if (kind === 0) {
      yield [key >> 3, read()];
    } else if (kind === 2) {
      const size = read();
      yield [key >> 3, buffer.subarray(at, (at += size))];
    } else {
      yield [key >> 3, buffer.readFloatLE(at)];
      at += 4;
    }
  }
}

/// Pieces with their scores, and the table of replacements in base64.
export function readSentencePieceModel(buffer) {
  const vocab = [];
  let charsmap = "";
  for (const [field, value] of fields(buffer)) {
    if (field === 1) {
      const piece = new Map(fields(value));
      vocab.push([piece.get(1).toString("utf8"), piece.get(2)]);
    } else if (field === 3) {
      charsmap = (new Map(fields(value)).get(2) ?? Buffer.alloc(0)).toString("base64");
    }
  }
  return { vocab, charsmap };
}
