import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parsePlan } from '../config/planFile.ts'
import { heldLoad } from '../control/planOnce.ts'
import { hostId, vmId } from '../model/ids.ts'
import type { Plan } from '../model/plan.ts'
import { indexPool } from '../model/poolIndex.ts'
import { explainPlan, explainSubject } from '../plan/explain.ts'
import { whyNot, whyNotText } from '../plan/whyNot.ts'
import { explainRun } from '../report/explainRun.ts'
import { isFolder } from '../store/bytes.ts'
import { readRun } from '../store/run.ts'
import type { ExitCode } from './exitCode.ts'
import { readDocument } from './openFile.ts'
import { bad, type CommonOptions } from './options.ts'
import { modelOf } from './planModel.ts'
import { policyFrom } from './policyOption.ts'
import { readPool } from './poolFile.ts'
import { isRunFolder } from './storedRuns.ts'
import type { Terminal } from './terminal.ts'

export interface ExplainCommandOptions extends CommonOptions {
  readonly whyNot?: string
  readonly snapshot?: string
  readonly policy?: string
}

/** Explains a stored plan or a run: as a whole, or what concerns one step, VM or host. Exit code 1 when it says nothing of that name. */
export function explainCommand(given: string, name: string | undefined, options: ExplainCommandOptions, terminal: Terminal): ExitCode {
  const path = resolve(terminal.workingDirectory, given)
  if (!existsSync(path)) throw bad(given, 'does not exist: give a plan file, or the folder of a run')
  if (isFolder(path)) return explainRunFolder(given, path, name, options, terminal)
  const plan = parsePlan(readDocument(given))
  if (options.whyNot !== undefined) return explainContrast(plan, name, options.whyNot, options, terminal)
  const text = name === undefined ? explainPlan(plan) : explainSubject(plan, name)
  return told(text, name, `the plan says nothing of ${name ?? ''}: it neither touches it nor considered it`, options, terminal)
}

function explainRunFolder(given: string, path: string, name: string | undefined, options: ExplainCommandOptions, terminal: Terminal): ExitCode {
  if (!isRunFolder(path)) throw bad(given, 'is a folder, but not that of a run: give the folder with header.json')
  if (options.whyNot !== undefined) throw bad('--why-not', 'needs a plan: a run holds no pool to compare hosts on')
  return told(explainRun(readRun(path), name ?? null), name, `the run says nothing of ${name ?? ''}`, options, terminal)
}

function told(text: string | null, name: string | undefined, nothing: string, { json }: CommonOptions, terminal: Terminal): ExitCode {
  if (json) terminal.out(`${JSON.stringify({ name: name ?? null, text })}\n`)
  else terminal.out(text ?? `${nothing}\n`)
  return text === null ? 1 : 0
}

/** Why a VM is where the plan has it, and not on the host asked for. */
function explainContrast(plan: Plan, vm: string | undefined, host: string, options: ExplainCommandOptions, terminal: Terminal): ExitCode {
  if (vm === undefined) throw bad('NAME', 'is missing: name the VM, such as plimsoll explain plan.json web-1 --why-not host-2 --snapshot pool.json')
  if (options.snapshot === undefined) throw bad('--snapshot', 'is missing: to compare hosts takes the pool that the plan was made on')
  const file = readPool(options.snapshot)
  if (plan.baseHash !== null && plan.baseHash !== file.hash) throw bad('--snapshot', `${options.snapshot} is not the snapshot that the plan was made on: give that one, or make a new plan`)
  const policy = policyFrom(options.policy ?? 'balanced', [], file.unixMs)
  const answer = whyNot({
    plan, pool: file.pool, index: indexPool(file.pool), load: heldLoad(file.pool, policy, file.used.vmCpuMhz), model: modelOf(plan, file, policy),
    limits: { memoryEnforced: true, hostIncomingMax: null, hostOutgoingMax: null, poolMigrationsMax: null, poolBootsMax: null, hostsOnMin: 1 },
  }, vmId(vm), hostId(host))
  if (!answer.ok) throw bad(answer.refusal.code === 'unknownHost' ? '--why-not' : 'NAME', answer.refusal.message)
  terminal.out(options.json ? `${JSON.stringify(answer.value)}\n` : whyNotText(answer.value))
  return 0
}
