/** The part of benchmark 2.1.4 that we use. */
declare module 'benchmark' {
  export interface Finished {
    readonly name: string
    readonly hz: number
    readonly stats: { readonly rme: number }
  }
  export interface Cycle {
    readonly target: Finished
  }
  export class Suite {
    add(name: string, run: () => void): this
    on(event: 'cycle', listener: (event: Cycle) => void): this
    on(event: 'complete', listener: () => void): this
    run(options: { readonly async: boolean }): this
  }
  const benchmark: { readonly Suite: typeof Suite }
  export default benchmark
}
