/**
 * Strongly connected components of a directed graph, as a number for each node: two nodes have the same number exactly
 * when each can be reached from the other. `edges` are pairs [from, to], flat. O(nodes + edges), without recursion.
 * Source: Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1(2), 1972.
 */
export function components(nodeCount: number, edges: Int32Array): Int32Array {
  const { first, next } = adjacency(nodeCount, edges)
  const order = new Int32Array(nodeCount)
  const low = new Int32Array(nodeCount)
  const component = new Int32Array(nodeCount).fill(-1)
  const stack: number[] = []
  const path: number[] = []
  const at = first.slice()
  let visits = 0
  let found = 0
  for (let root = 0; root < nodeCount; root++) {
    if (order[root] !== 0) continue
    path.push(root)
    while (path.length > 0) {
      const node = path.at(-1)!
      if (order[node] === 0) {
        order[node] = low[node] = ++visits
        stack.push(node)
      }
      const edge = at[node]!
      if (edge !== -1) {
        const other = edges[2 * edge + 1]!
        at[node] = next[edge]!
        if (order[other] === 0) path.push(other)
        else if (component[other] === -1) low[node] = Math.min(low[node]!, order[other]!)
        continue
      }
      path.pop()
      const above = path.at(-1)
      if (above !== undefined) low[above] = Math.min(low[above]!, low[node]!)
      if (low[node] !== order[node]) continue
      for (;;) {
        const member = stack.pop()!
        component[member] = found
        if (member === node) break
      }
      found++
    }
  }
  return component
}

/** Edges by the node they leave, as linked lists of edge numbers. */
function adjacency(nodeCount: number, edges: Int32Array): { first: Int32Array; next: Int32Array } {
  const first = new Int32Array(nodeCount).fill(-1)
  const next = new Int32Array(edges.length >> 1)
  for (let edge = next.length - 1; edge >= 0; edge--) {
    next[edge] = first[edges[2 * edge]!]!
    first[edges[2 * edge]!] = edge
  }
  return { first, next }
}
