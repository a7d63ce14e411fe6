import { Command, CommanderError, type OptionValues } from 'commander'
import { VERSION } from './build.ts'
import type { ExitCode } from './exitCode.ts'
import type { CheckCommandOptions } from './check.ts'
import type { CompareOptions } from './compare.ts'
import { addLive } from './livePrograms.ts'
import type { CommonOptions } from './options.ts'
import type { ForecastOptions } from './forecast.ts'
import type { MaintenanceCheckOptions, RollingOptions } from './maintenanceCheck.ts'
import type { PlaceCommandOptions } from './place.ts'
import type { PlanCommandOptions } from './plan.ts'
import type { SimulateOptions } from './simulate.ts'
import type { Terminal } from './terminal.ts'
import type { WhatIfOptions } from './whatif.ts'

type Finish = (code: ExitCode) => void

/** The command line: names, options and help. Each command's own code is loaded when it is called. */
export function buildProgram(terminal: Terminal, finish: Finish): Command {
  const program = new Command('plimsoll')
    .description('Dynamic workload manager for pools of KVM and Xen hosts.')
    .version(VERSION, '--version', 'print the version')
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .exitOverride()
    .showHelpAfterError('(plimsoll --help shows what there is)')
  addRunning(program, terminal, finish)
  addPlanning(program, terminal, finish)
  addForecast(program, terminal, finish)
  addFiles(program, terminal, finish)
  addMaintenance(program, terminal, finish)
  addLive(program, terminal, finish)
  return program
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value]

const common = (command: Command): Command => command.option('--json', 'print only JSON on standard output').option('--quiet', 'no progress and notes')

const scenarioOptions = (command: Command): Command =>
  common(command)
    .option('--set <path=value>', 'replace a field of the scenario; repeatable', collect, [])
    .option('--policy <name|file>', 'replace the scenario’s policies; repeatable', collect, [])
    .option('--seed <number>', 'replace the scenario’s seeds by this one')

const running = (command: Command): Command => scenarioOptions(command).option('--out <folder>', 'where runs go (default: runs/<scenario>)').option('--csv', 'print tables as CSV')

function addRunning(program: Command, terminal: Terminal, finish: Finish): void {
  running(program.command('simulate').argument('<scenario>', 'scenario file, or folder with scenario.yaml').description('run a scenario and print the figures of each run')).action(async (scenario: string, options: OptionValues) => {
    finish(await (await import('./simulate.ts')).simulateCommand(scenario, options as SimulateOptions, terminal))
  })
  running(program.command('compare').argument('<run-or-scenario...>', 'runs, folders of runs, scenarios, or folders of scenarios').description('policies side by side, with an HTML report'))
    .option('--seeds <count>', 'run each policy with so many seeds')
    .option('--base <policy>', 'the policy that the others are compared with (default: the first)')
    .option('--forecast-worth', 'also run each policy that uses forecasts without them, and say what they were worth')
    .action(async (given: string[], options: OptionValues) => {
      finish(await (await import('./compare.ts')).compareCommand(given, options as CompareOptions, terminal))
    })
  scenarioOptions(program.command('whatif').argument('<scenario>', 'scenario file, or folder with scenario.yaml').description('capacity questions: does it fit, what breaks first and when, how much more fits'))
    .option('--growth <source>', 'demand grows by the trend of the scenario’s own load: trend, or cautious (the upper end of its interval)')
    .action(async (scenario: string, options: OptionValues) => {
      finish(await (await import('./whatif.ts')).whatifCommand(scenario, options as WhatIfOptions, terminal))
    })
}

function addPlanning(program: Command, terminal: Terminal, finish: Finish): void {
  common(program.command('plan').argument('<snapshot>', 'pool snapshot').description('one plan for a pool: what to migrate, start, and switch on or off; nothing is executed'))
    .option('--policy <name|file>', 'whose goals are asked (default: balanced)')
    .option('--objective <name>', 'lower this score instead of asking the goals: ganeti')
    .option('--explain', 'as a note: why, what it costs, what was not done')
    .option('--moves-max <count>', 'at most so many migrations')
    .option('--nodes-max <count>', 'at most so many proposals of the search')
    .option('--deadline <time>', 'stop searching after so long, such as 5s: the result may then differ from run to run')
    .option('--seed <number>', 'seed of the search')
    .option('--set <path=value>', 'replace a setting of the policy; repeatable', collect, [])
    .option('--out <file>', 'write the plan to a file')
    .action(async (snapshot: string, options: OptionValues) => {
      finish(await (await import('./plan.ts')).planCommand(snapshot, options as PlanCommandOptions, terminal))
    })
  common(program.command('place').argument('<snapshot>', 'pool snapshot').description('ranked hosts for a new VM, or places for several jointly, with reasons'))
    .option('--vm <spec>', 'a VM: vcpus=4,memory=16GiB and perhaps cpu=2GHz,name=web-9,apart=web-1+web-2,together=,runOn=,keepOff=,reservation=,disk=,count=; repeatable', collect, [])
    .option('--file <file>', 'a list of VMs with such keys')
    .option('--count <number>', 'so many of each')
    .option('--seed <number>', 'seed of the search')
    .option('--policy <name|file>', 'whose scorers and filters rank hosts (default: none)').option('--set <path=value>', 'replace a setting of the policy; repeatable', collect, [])
    .action(async (snapshot: string, options: OptionValues) => {
      finish((await import('./place.ts')).placeCommand(snapshot, options as PlaceCommandOptions, terminal))
    })
  common(program.command('explain').argument('<plan-or-run>', 'plan file, or the folder of a run').argument('[name]', 'a step, VM or host: only what concerns it').description('why a plan does what it does, and why not otherwise'))
    .option('--why-not <host>', 'why the VM is not on this host; needs --snapshot')
    .option('--snapshot <file>', 'the pool that the plan was made on')
    .option('--policy <name|file>', 'run or plan: limits of this policy (default: balanced)')
    .action(async (given: string, name: string | undefined, options: OptionValues) => {
      finish((await import('./explain.ts')).explainCommand(given, name, options, terminal))
    })
}

function addForecast(program: Command, terminal: Terminal, finish: Finish): void {
  common(program.command('forecast').argument('<trace>', 'load folder, PlanetLab day, Bitbrains month or CPU table').description('what VMs will want, and how good such forecasts would have been'))
    .option('--train <traces>', 'learn on these first, apart by commas; repeatable', collect, [])
    .option('--backtest', 'forecast the past from rolling origins and score it')
    .option('--protocol <name>', 'how to back-test: m, b, p3, general (default: general)')
    .option('--per-series', 'with --json: figures of each series too')
    .option('--format <name>', 'format of the trace (default: seen from its files)')
    .option('--select <name>', 'which of several traces in a folder')
    .option('--out <file>', 'draw it: an .svg or .html file')
    .option('--long-range', 'growth of the pool and its classes over months, and the day it is full')
    .option('--capacity-cpu <mhz>', 'with --long-range: what VMs may use (default: that of the trace’s hosts)')
    .option('--capacity-memory <mib>', 'with --long-range: memory that VMs may hold')
    .option('--horizon-days <count>', 'with --long-range: how far to look (default: 730)')
    .option('--model <file>', 'use the trained network in this file too')
    .option('--save-model <file>', 'train a network on the --train traces, use it, and write it to this file')
    .option('--model-seed <number>', 'seed of the training (default: 1)')
    .option('--backend <name>', 'what computes networks: tensorflow, wasm, cpu (default: the first that works here)')
    .action(async (trace: string, options: OptionValues) => {
      if (options.longRange === true) finish((await import('./longRange.ts')).longRangeCommand(trace, options, terminal))
      else finish(await (await import('./forecast.ts')).forecastCommand(trace, options as ForecastOptions, terminal))
    })
}

/** Of a pool in a file; those of a live pool stand in the same group. */
function addMaintenance(program: Command, terminal: Terminal, finish: Finish): void {
  const maintenance = program.commands.find((command) => command.name() === 'maintenance') ?? program.command('maintenance').description('hosts out of service and back')
  const settings = (command: Command): Command => common(command).option('--policy <name|file>', 'its limits and room for failures (default: none)').option('--set <path=value>', 'replace a setting of the policy; repeatable', collect, [])
  settings(maintenance.command('check').argument('<snapshot>', 'pool snapshot').argument('<host>', 'host to be emptied').description('whether a host can be emptied, what keeps it and what helps; nothing is done'))
    .option('--method <method>', 'migrate, shutdown, suspend or leave: for VMs without a way of their own')
    .action(async (snapshot: string, host: string, options: OptionValues) => {
      finish(await (await import('./maintenanceCheck.ts')).maintenanceCheckCommand(snapshot, host, options as MaintenanceCheckOptions, terminal))
    })
  settings(maintenance.command('rolling').argument('<snapshot>', 'pool snapshot').description('one plan that restarts hosts a few at a time; nothing is done'))
    .option('--host <name>', 'only this host; repeatable', collect, [])
    .action(async (snapshot: string, options: OptionValues) => {
      finish((await import('./maintenanceCheck.ts')).rollingCommand(snapshot, options as RollingOptions, terminal))
    })
}

function addFiles(program: Command, terminal: Terminal, finish: Finish): void {
  addImport(program, terminal, finish)
  scenarioOptions(program.command('check').argument('<file>', 'plan, scenario, policy, pool snapshot or run').description('check a file with everything it names; a plan in every state on its way')).option('--snapshot <file>', 'plan: the pool that it is checked against').option('--failover', 'pool snapshot: which VMs would not restart if a host failed').action(async (file: string, options: OptionValues) => {
    finish(await (await import('./check.ts')).checkCommand(file, options as CheckCommandOptions, terminal))
  })
  common(program.command('policies').argument('[name]', 'show all settings of this one').description('list the built-in policies')).option('--csv', 'print the table as CSV').action(async (name: string | undefined, options: OptionValues) => {
    finish((await import('./policies.ts')).policiesCommand(name, options, terminal))
  })
  common(program.command('init').argument('[folder]', 'where to write', '.').description('write a commented scenario, policy and pool snapshot to start from')).action(async (folder: string, options: OptionValues) => {
    finish((await import('./init.ts')).initCommand(folder, options, terminal))
  })
  common(program.command('serve').argument('[folder]', 'folder of runs', 'runs').description('show runs and reports to a browser on this machine')).option('--port <number>', 'port to listen on', '8440').action(async (folder: string, options: OptionValues) => {
    finish(await (await import('./serve.ts')).serveCommand(folder, options as CommonOptions & { port: string }, terminal))
  })
}

function addImport(program: Command, terminal: Terminal, finish: Finish): void {
  common(program.command('import').argument('<format>', 'a format of the list below').argument('<source...>', 'file, folder or address; last of all the destination').description('read a trace or metrics into a load folder, or another tool’s inventory into a pool snapshot').usage('[options] <format> <source...> <destination>'))
    .option('--select <name>', 'which of several traces in a folder')
    .option('--core-mhz <speed>', 'core speed where a trace counts cores')
    .option('--lifetimes <how>', 'lifetimes known as a range: draw or lowerEdge')
    .option('--seed <number>', 'seed of the drawing')
    .option('--start <instant>', 'date of the first sample where the trace has none')
    .option('--from <instant>', 'prometheus: beginning')
    .option('--to <instant>', 'prometheus: end')
    .option('--step <length>', 'prometheus: time between samples (default: 5 min)')
    .option('--inventory <file>', 'prometheus: what the hosts are')
    .option('--util <file>', 'ganeti: loads of the instances, as hbal -U reads them')
    .addHelpText('after', `
Loads, into a folder: load, planetlab, bitbrains, gcd, azure, openb, prometheus. docs/formats/workloads.md describes them.
Pools, into a snapshot: ganeti, csv, inventory. docs/formats/imports.md describes them.
`)
    .action(async (format: string, paths: string[], options: OptionValues) => {
      finish(await (await import('./importAny.ts')).importAnyCommand(format, paths, options, terminal))
    })
}

/** Faults of the command line itself are bad input; help and version are not faults. */
export const isCommandLineFault = (error: unknown): error is CommanderError => error instanceof CommanderError
