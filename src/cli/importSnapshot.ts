import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { importCsv } from '../config/imports/csv/importCsv.ts'
import { importGaneti } from '../config/imports/ganeti/importGaneti.ts'
import type { Imported, NamedText } from '../config/imports/imported.ts'
import { importVirsh } from '../config/imports/virsh/importVirsh.ts'
import { writeFileAtomic } from '../store/atomic.ts'
import { isFolder } from '../store/bytes.ts'
import type { ExitCode } from './exitCode.ts'
import { readDocument, readText } from './openFile.ts'
import { bad, type CommonOptions } from './options.ts'
import type { Terminal } from './terminal.ts'

export interface ImportSnapshotOptions extends CommonOptions {
  readonly util?: string
}

/** Formats of other tools that hold a pool at one instant. */
export const SNAPSHOT_FORMATS = ['ganeti', 'csv', 'inventory'] as const
export type SnapshotFormat = (typeof SNAPSHOT_FORMATS)[number]

/** Reads a pool from another tool's files and writes it as a pool snapshot. Nothing is written when anything is wrong. */
export function importSnapshotCommand(format: SnapshotFormat, sources: readonly string[], destination: string, options: ImportSnapshotOptions, terminal: Terminal): ExitCode {
  if (options.util !== undefined && format !== 'ganeti') throw bad('--util', `has no meaning for ${format}: only ganeti has loads of their own`)
  const { fields, snapshot, notes } = imported(format, sources, options)
  writeFileAtomic(resolve(terminal.workingDirectory, destination), snapshotText(fields))
  if (!options.quiet) for (const note of notes) terminal.err(`${note}\n`)
  const facts = { destination, hosts: snapshot.hosts.length, vms: snapshot.vms.length, rules: snapshot.rules.length, notes }
  if (options.json) terminal.out(`${JSON.stringify(facts)}\n`)
  else terminal.out(`${facts.hosts} hosts, ${facts.vms} VMs and ${facts.rules} rules are in ${destination}\nTry: plimsoll plan ${destination}${format === 'ganeti' ? ' --objective ganeti' : ''}\n`)
  return 0
}

function imported(format: SnapshotFormat, sources: readonly string[], { util }: ImportSnapshotOptions): Imported {
  switch (format) {
    case 'ganeti':
      return importGaneti(named(only(sources, format)), util === undefined ? null : named(util))
    case 'csv':
      return importCsv(...csvTables(sources))
    case 'inventory':
      return importVirsh(readDocument(only(sources, format)))
  }
}

const named = (file: string): NamedText => ({ file, text: readText(file) })

function only(sources: readonly string[], format: string): string {
  if (sources.length !== 1) throw bad('SOURCE', `${sources.length} sources were given, ${format} has one: plimsoll import ${format} SOURCE DEST.json`)
  return sources[0]!
}

/** Two files, or a folder with hosts.csv and vms.csv. */
function csvTables(sources: readonly string[]): [NamedText, NamedText] {
  if (sources.length === 2) return [named(sources[0]!), named(sources[1]!)]
  const folder = sources[0]
  if (sources.length !== 1 || (existsSync(folder!) && !isFolder(folder!))) throw bad('SOURCE', 'csv needs two tables: plimsoll import csv HOSTS.csv VMS.csv DEST.json, or a folder with hosts.csv and vms.csv')
  return [named(join(folder!, 'hosts.csv')), named(join(folder!, 'vms.csv'))]
}

/** A snapshot with one host, VM or rule a line: people look at it, and differences show. */
export function snapshotText(fields: object): string {
  const parts = Object.entries(fields).map(([key, value]: [string, unknown]) => {
    if (!Array.isArray(value) || value.length === 0) return `${JSON.stringify(key)}: ${JSON.stringify(value)}`
    return `${JSON.stringify(key)}: [\n  ${value.map((entry) => JSON.stringify(entry)).join(',\n  ')}\n]`
  })
  return `{\n${parts.join(',\n')}\n}\n`
}
