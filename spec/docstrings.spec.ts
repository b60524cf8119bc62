import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

// As TypeScript has it on Windows, too.
const root = fileURLToPath(new URL('../../', import.meta.url)).replaceAll('\\', '/')
const lib = `${root}lib/`

/** Something public: what an entry exports, or a member of that. */
interface Public {
  readonly name: string
  /** Whether it is a function, a class, or a method of a class; and no error, which applications don't make. */
  readonly isUsed: boolean
  readonly symbol: ts.Symbol
  readonly checker: ts.TypeChecker
}

/** All that is public and declared in lib. */
function publicOf(entry: string): Public[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const program = ts.createProgram([entry], { ...options, noEmit: true })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(entry)
  const module = source && checker.getSymbolAtLocation(source)
  if (module === undefined) throw new Error(`${entry} is no module`)
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const isUsed =
      isOneOf(symbol, ts.SymbolFlags.Function | ts.SymbolFlags.Class) && !/(Error|^ReactorStopped)$/.test(symbol.name)
    const members = checker.getDeclaredTypeOfSymbol(symbol).getProperties().filter(isOurs)
    return [
      { name: exported.name, isUsed, symbol, checker },
      ...members.map((member) => ({
        name: `${exported.name}.${member.name}`,
        isUsed: isUsed && isOneOf(member, ts.SymbolFlags.Method),
        symbol: member,
        checker,
      })),
    ]
  })
}

function isOneOf({ flags }: ts.Symbol, kinds: ts.SymbolFlags): boolean {
  return (flags & kinds) !== 0
}

/** Declared in lib, not private, and with a name that doesn't say what it is, as `[Symbol.iterator]` does. */
function isOurs({ name, declarations = [], valueDeclaration }: ts.Symbol): boolean {
  const own = valueDeclaration && ts.getNameOfDeclaration(valueDeclaration)
  const isHidden = own !== undefined && ts.isPrivateIdentifier(own)
  return (
    !isHidden && !name.startsWith('__@') && declarations.some((one) => one.getSourceFile().fileName.startsWith(lib))
  )
}

/** Editors show that of the overload which is called. */
function commentsOf({ symbol, checker, isUsed }: Public): ts.SymbolDisplayPart[][] {
  const signatures = isUsed ? checker.getTypeOfSymbol(symbol).getCallSignatures() : []
  const commented = [symbol, ...signatures]
  return commented.map((one) => one.getDocumentationComment(checker))
}

function tags({ symbol, checker }: Public, tag: string): string[] {
  return symbol.getJsDocTags(checker).flatMap(({ name, text = [] }) => (name === tag ? (text[0]?.text ?? '') : []))
}

function parameters({ symbol, checker }: Public): string[] {
  const signatures = checker.getTypeOfSymbol(symbol).getCallSignatures()
  return signatures.flatMap((signature) => signature.parameters.map(({ name }) => name))
}

const namesOf = (some: readonly Public[]): string[] => some.map(({ name }) => name)

describe.each(['index.ts', 'caller.ts'])('all that %s exports', (entry) => {
  const all = publicOf(lib + entry)

  it('says what it is, and so does each of its members, and each of its overloads', () => {
    expect(namesOf(all.filter((one) => commentsOf(one).some((comment) => comment.length === 0)))).toEqual([])
  })

  it('says of each parameter what that is', () => {
    const isSilent = (one: Public): boolean => parameters(one).some((name) => !tags(one, 'param').includes(name))
    expect(namesOf(all.filter((one) => one.isUsed && isSilent(one)))).toEqual([])
  })

  it('has an example, if it is a function or a class', () => {
    const hasNone = (one: Public): boolean => !one.name.includes('.') && tags(one, 'example').length === 0
    expect(namesOf(all.filter((one) => one.isUsed && hasNone(one)))).toEqual([])
  })
})
