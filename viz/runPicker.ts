import type { PageRun } from './pageContent.ts'

/** Tabs by policy, and a list of seeds where there are several; calls `pick` at once with a run of the policy to open and then with each choice. */
export function createRunPicker(parent: HTMLElement, panel: HTMLElement, { runs, opened }: { readonly runs: readonly PageRun[]; readonly opened: string }, pick: (run: PageRun) => void): void {
  const policies = [...new Set(runs.map(({ policy }) => policy))]
  const seeds = [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b)
  let policy = policies.includes(opened) ? opened : policies[0]!
  const seedList = createSeedList(seeds)
  const tabs = createTabs({ names: policies, chosen: policies.indexOf(policy), panelId: panel.id }, (chosen) => {
    policy = chosen
    panel.setAttribute('aria-labelledby', `tab-${policies.indexOf(chosen)}`)
    update()
  })
  const update = (): void => {
    const run = runs.find((each) => each.policy === policy && String(each.seed) === seedList.value) ?? runs.find((each) => each.policy === policy)!
    seedList.value = String(run.seed)
    pick(run)
  }
  seedList.addEventListener('change', update)
  parent.append(tabs)
  if (seeds.length > 1) {
    const label = parent.appendChild(document.createElement('label'))
    label.append('Seed ', seedList)
  }
  panel.setAttribute('aria-labelledby', `tab-${policies.indexOf(policy)}`)
  update()
}

function createSeedList(seeds: readonly number[]): HTMLSelectElement {
  const list = document.createElement('select')
  list.append(...seeds.map((seed) => new Option(String(seed), String(seed))))
  return list
}

/** Arrow keys go from tab to tab, as the ARIA pattern for tabs asks. */
function createTabs({ names, chosen, panelId }: { readonly names: readonly string[]; readonly chosen: number; readonly panelId: string }, choose: (name: string) => void): HTMLElement {
  const list = document.createElement('div')
  list.className = 'tabs'
  list.setAttribute('role', 'tablist')
  list.setAttribute('aria-label', 'Policy')
  const tabs = names.map((name, index) => {
    const tab = list.appendChild(document.createElement('button'))
    Object.assign(tab, { type: 'button', id: `tab-${index}`, textContent: name })
    tab.setAttribute('role', 'tab')
    tab.setAttribute('aria-controls', panelId)
    tab.addEventListener('click', () => select(index))
    return tab
  })
  const mark = (marked: number): void => tabs.forEach((tab, index) => {
    tab.setAttribute('aria-selected', String(index === marked))
    tab.tabIndex = index === marked ? 0 : -1
  })
  const select = (index: number): void => {
    mark(index)
    tabs[index]!.focus()
    choose(names[index]!)
  }
  list.addEventListener('keydown', (event) => {
    const at = tabs.findIndex((tab) => tab.tabIndex === 0)
    const next = { ArrowRight: (at + 1) % tabs.length, ArrowLeft: (at + tabs.length - 1) % tabs.length, Home: 0, End: tabs.length - 1 }[event.key]
    if (next === undefined) return
    event.preventDefault()
    select(next)
  })
  mark(chosen)
  return list
}
