/** A metric to fetch: all its samples, or only the largest value of each series (for sizes, which hardly change). */
export interface MetricQuery {
  readonly name: string
  readonly only: { readonly label: string; readonly value: string } | null
  readonly largestOnly: boolean
}

/** Hosts to ask for; null: all. Values of the label with or without a port. */
export interface HostFilter {
  readonly label: string
  readonly values: readonly string[]
}

/**
 * PromQL for a metric over (end - durationMs, end] where `end` is the query's time. Raw samples with their own times,
 * not `query_range`: that would carry values over gaps of 5 minutes and lose when each sample was taken.
 */
export function queryText(metric: MetricQuery, hosts: HostFilter | null, durationMs: number): string {
  const matchers = [
    ...(metric.only === null ? [] : [`${metric.only.label}=${promText(metric.only.value)}`]),
    ...(hosts === null ? [] : [`${hosts.label}=~${promText(hosts.values.map(hostPattern).join('|'))}`]),
  ]
  const selector = `${metric.name}${matchers.length === 0 ? '' : `{${matchers.join(',')}}`}[${durationMs}ms]`
  return metric.largestOnly ? `max_over_time(${selector})` : selector
}

/** A value without a port stands for every port. */
const hostPattern = (value: string): string => (/:\d{1,5}$/.test(value) ? escaped(value) : `${escaped(value)}(:[0-9]+)?`)

const escaped = (value: string): string => value.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')

const promText = (value: string): string => `"${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`
