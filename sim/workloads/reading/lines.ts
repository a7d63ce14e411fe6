import { BadInput } from '../../../src/model/result.ts'

export const NEWLINE = 10
export const RETURN = 13
export const COMMA = 44

const LINE_BYTES_MAX = 64 * 1024 * 1024

/**
 * Cuts chunks into blocks of whole lines, wherever the chunks are cut: `onLines(bytes, from, to)` gets one or more
 * lines, each with its end of line (added to a last line without one), in order. Throws BadInput on a line over 64 MiB.
 */
export function eachBlock(file: string, chunks: Iterable<Uint8Array>, onLines: (bytes: Uint8Array, from: number, to: number) => void): void {
  let carry = new LineStart(file)
  for (const chunk of chunks) {
    const last = chunk.lastIndexOf(NEWLINE)
    if (last < 0) {
      carry.add(chunk)
      continue
    }
    let from = 0
    if (carry.length > 0) {
      from = chunk.indexOf(NEWLINE) + 1
      carry.add(chunk.subarray(0, from))
      onLines(carry.joined(), 0, carry.length)
      carry = new LineStart(file)
    }
    if (from <= last) onLines(chunk, from, last + 1)
    carry.add(chunk.subarray(last + 1))
  }
  if (carry.length === 0) return
  carry.add(Uint8Array.of(NEWLINE))
  onLines(carry.joined(), 0, carry.length)
}

/** The beginning of a line whose end has not come yet, in copied pieces. */
class LineStart {
  readonly #file: string
  readonly #pieces: Uint8Array[] = []
  length = 0
  constructor(file: string) {
    this.#file = file
  }
  add(piece: Uint8Array): void {
    if (piece.length === 0) return
    this.#pieces.push(piece.slice())
    this.length += piece.length
    if (this.length > LINE_BYTES_MAX) throw new BadInput([{ path: this.#file, message: `has a line of more than ${LINE_BYTES_MAX} bytes: not a table of this format` }])
  }
  joined(): Uint8Array {
    const bytes = new Uint8Array(this.length)
    let at = 0
    for (const piece of this.#pieces) {
      bytes.set(piece, at)
      at += piece.length
    }
    return bytes
  }
}

/** Text of bytes that should be ASCII; others come out as Latin-1, for messages. */
export function asciiText(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  // In pieces: `apply` puts its arguments on the stack.
  for (let at = from; at < to; at += 8192) text += String.fromCharCode.apply(null, bytes.subarray(at, Math.min(at + 8192, to)) as unknown as number[])
  return text
}

/** A line's text without its end of line, and without the byte order mark that some editors put first. */
export function lineText(bytes: Uint8Array, from: number, to: number): string {
  let end = to
  if (end > from && bytes[end - 1] === NEWLINE) end--
  if (end > from && bytes[end - 1] === RETURN) end--
  const marked = bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf
  return asciiText(bytes, marked ? from + 3 : from, end)
}
