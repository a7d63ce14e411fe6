/** Layout of virTypedParameter: a name of 80 bytes, the type, and 8 bytes of value. */
const SIZE = 96
const NAME_BYTES = 80
const VALUE_AT = 88
const STRING = 7

/** Type numbers: 1 int, 2 unsigned, 3 long, 4 unsigned long, 5 double, 6 boolean, 7 string. */
function valueAt(bytes: Buffer, at: number): number | null {
  switch (bytes.readInt32LE(at + NAME_BYTES)) {
    case 1:
      return bytes.readInt32LE(at + VALUE_AT)
    case 2:
      return bytes.readUInt32LE(at + VALUE_AT)
    case 3:
      return Number(bytes.readBigInt64LE(at + VALUE_AT))
    case 4:
      return bytes.readUInt32LE(at + VALUE_AT + 4) * 2 ** 32 + bytes.readUInt32LE(at + VALUE_AT)
    case 5:
      return bytes.readDoubleLE(at + VALUE_AT)
    case 6:
      return bytes[at + VALUE_AT]!
    case STRING:
      return null
  }
  return null
}

function nameEnd(bytes: Buffer, at: number): number {
  let end = at
  while (end < at + NAME_BYTES && bytes[end] !== 0) end++
  return end
}

/** Numbers by name, told one by one; texts among them are skipped. `bytes` is a copy of the library's list. */
export function eachParameter(bytes: Buffer, tell: (name: string, value: number) => void): void {
  for (let at = 0; at + SIZE <= bytes.length; at += SIZE) {
    const value = valueAt(bytes, at)
    if (value !== null) tell(bytes.toString('latin1', at, nameEnd(bytes, at)), value)
  }
}

export const parameterBytes = (count: number): number => count * SIZE

export function parametersOf(bytes: Buffer): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  eachParameter(bytes, (name, value) => found.set(name, value))
  return found
}
