/** The known word that a misspelt one most likely means, or null when none is near. */
export function nearestWord(word: string, known: Iterable<string>): string | null {
  let best: string | null = null
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = isBeginning(word, candidate) ? 1 : editDistance(word.toLowerCase(), candidate.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `memory` means `memoryMib`: units are easily left out. */
const isBeginning = (word: string, candidate: string): boolean => word.length >= 3 && candidate.toLowerCase().startsWith(word.toLowerCase())

/** `unknown` with the nearest known word, or with all of them when they are few. */
export function unknownWord(what: string, word: string, known: readonly string[]): string {
  const nearest = nearestWord(word, known)
  const hint = known.length === 0 ? 'there is none' : nearest === null ? `known are ${known.slice(0, 30).join(', ')}${known.length > 30 ? ', ...' : ''}` : `did you mean ${JSON.stringify(nearest)}?`
  return `unknown ${what} ${JSON.stringify(word.slice(0, 80))}: ${hint}`
}

/** Levenshtein distance with transpositions of neighbours (optimal string alignment), cut off at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit || a.length > 64) return limit
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let least = Math.min(above[column]! + 1, current[column - 1]! + 1, above[column - 1]! + (same ? 0 : 1))
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) least = Math.min(least, before[column - 2]! + 1)
      current.push(least)
    }
    before = above
    above = current
  }
  return above[b.length]!
}
