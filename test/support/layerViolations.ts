import { posix } from 'node:path'
import ts from 'typescript'
import { CORE_FOLDERS, CORE_FORBIDDEN, CORE_FORBIDDEN_MEMBERS, EXCEPTIONS, LAYERS, type Layer } from './layerRules.ts'

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** The layer of a path, or null outside src, sim and viz. */
export function layerOf(path: string): string | null {
  const [first, second, third] = path.split('/')
  if (first === 'sim' || first === 'viz') return first
  return first === 'src' && second !== undefined && third !== undefined ? second : null
}

/** Everything in one file that the layers forbid, each as `path:line: what is so, and what to do`. */
export function violationsIn({ path, text }: SourceFile): string[] {
  const name = layerOf(path)
  const layer = name === null ? undefined : LAYERS[name]
  if (name === null || layer === undefined) return [`${path}:1: is in no known layer: move it into one, or add its folder to test/support/layerRules.ts and docs/architecture.md`]
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const found: string[] = []
  const report = (node: ts.Node, message: string): void => {
    found.push(`${path}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}: ${message}`)
  }
  const visit = (node: ts.Node): void => {
    const imported = importOf(node)
    if (imported) {
      const fault = importFault(path, name, layer, imported)
      if (fault !== null) report(node, fault)
    }
    if (CORE_FOLDERS.has(name)) {
      const fault = globalFault(path, node)
      if (fault !== null) report(node, fault)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

interface Imported {
  /** Null when it is worked out at run time. */
  readonly specifier: string | null
  readonly typesOnly: boolean
}

/** What a node imports, in any of the ways the language has. */
function importOf(node: ts.Node): Imported | null {
  if (ts.isImportDeclaration(node)) return { specifier: literal(node.moduleSpecifier), typesOnly: importsTypesOnly(node.importClause) }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) return { specifier: literal(node.moduleSpecifier), typesOnly: node.isTypeOnly || exportsTypesOnly(node.exportClause) }
  if (ts.isImportTypeNode(node)) return { specifier: ts.isLiteralTypeNode(node.argument) ? literal(node.argument.literal) : null, typesOnly: true }
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) return { specifier: literal(node.moduleReference.expression), typesOnly: node.isTypeOnly }
  if (ts.isCallExpression(node) && (node.expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(node.expression) && node.expression.text === 'require'))) {
    return { specifier: node.arguments[0] ? literal(node.arguments[0]) : null, typesOnly: false }
  }
  return null
}

const literal = (node: ts.Node): string | null => (ts.isStringLiteralLike(node) ? node.text : null)

function importsTypesOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  return !clause.name && clause.namedBindings !== undefined && ts.isNamedImports(clause.namedBindings) && clause.namedBindings.elements.length > 0 && clause.namedBindings.elements.every((element) => element.isTypeOnly)
}

const exportsTypesOnly = (clause: ts.NamedExportBindings | undefined): boolean => clause !== undefined && ts.isNamedExports(clause) && clause.elements.length > 0 && clause.elements.every((element) => element.isTypeOnly)

/** Why this layer may not import this, or null. */
function importFault(path: string, name: string, layer: Layer, { specifier, typesOnly }: Imported): string | null {
  if (specifier === null) return 'imports what a value names at run time: write the path as a literal, so that the layers can be checked'
  if (specifier.startsWith('node:')) return layer.effects ? null : `imports ${specifier}, but ${name} does no I/O: take the result as an argument and do it in drivers, store, api or cli`
  if (!specifier.startsWith('.')) {
    const wanted = specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
    return layer.packages?.includes(wanted) ? null : `imports the package ${wanted}, which ${name} does not use${layer.packages ? ` (it may use ${layer.packages.join(', ')})` : ''}: do it in a folder that does, and hand in the result`
  }
  return fileFault(path, name, layer, posix.normalize(posix.join(posix.dirname(path), specifier)), typesOnly)
}

function fileFault(path: string, name: string, layer: Layer, target: string, typesOnly: boolean): string | null {
  if (layer.files?.includes(target)) return null
  const other = layerOf(target)
  if (other === name) return null
  const reach = other === null ? undefined : layer.folders[other]
  if (reach === 'all' || (reach === 'types' && typesOnly)) return null
  if (reach === 'types') return `imports values of ${target}, but ${name} may import types of ${other} only: write "import type", or have the value handed in`
  return `imports ${target}, but ${name} may import ${reachText(layer)}: move what both need down to a layer that they share, or have it handed in`
}

function reachText({ folders, files = [] }: Layer): string {
  const parts = [...Object.entries(folders).map(([folder, reach]) => (reach === 'types' ? `${folder} (types)` : folder)), ...files]
  return parts.length === 0 ? 'nothing' : `only ${parts.join(', ')}`
}

/** Why a node may not stand in a core folder, or null. */
function globalFault(path: string, node: ts.Node): string | null {
  if (ts.isMetaProperty(node)) return memberFault('import.meta')
  if (!ts.isIdentifier(node) || isOnlyAName(node)) return null
  if (EXCEPTIONS.get(path)?.includes(node.text)) return null
  if (node.text === 'Math') return mathFault(node)
  const why = CORE_FORBIDDEN.get(node.text)
  return why === undefined ? null : `mentions ${node.text}, which ${why}; a name of your own that is spelled so must be renamed`
}

const memberFault = (member: string): string => `mentions ${member}, which ${CORE_FORBIDDEN_MEMBERS.get(member) ?? 'is not allowed here'}`

/** `Math.random`, however it is reached: `Math` may only stand before a member that is written out. */
function mathFault(node: ts.Identifier): string | null {
  const { parent } = node
  const member = ts.isPropertyAccessExpression(parent) ? parent.name.text : ts.isElementAccessExpression(parent) ? literal(parent.argumentExpression) : null
  if (member === 'random') return memberFault('Math.random')
  return member === null ? 'takes Math as a value, through which Math.random can be reached: write out the member, as in Math.max' : null
}

/** Whether an identifier is the name of a member or key, and so no mention of a global. */
function isOnlyAName(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  if (ts.isQualifiedName(parent)) return parent.right === node
  if (ts.isBindingElement(parent)) return parent.propertyName === node
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return parent.propertyName === node
  if (ts.isMetaProperty(parent)) return true
  return (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isPropertyDeclaration(parent) || ts.isMethodSignature(parent) || ts.isMethodDeclaration(parent) || ts.isGetAccessor(parent) || ts.isSetAccessor(parent) || ts.isNamedTupleMember(parent)) && parent.name === node
}
