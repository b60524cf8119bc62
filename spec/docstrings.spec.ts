import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it } from 'vitest'

// As TypeScript has it on Windows, too.
const root = fileURLToPath(new URL('../../', import.meta.url)).replaceAll('\\', '/')
const lib = `${root}lib/`

/** What is exported, and what it has, that is declared in lib and says nothing of itself. */
function undocumented(entry: string): string[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const program = ts.createProgram([entry], { ...options, noEmit: true })
  const checker = program.getTypeChecker()

  const isSilent = (symbol: ts.Symbol): boolean => symbol.getDocumentationComment(checker).length === 0
  const isOurs = (symbol: ts.Symbol): boolean =>
    symbol.declarations?.some((declaration) => declaration.getSourceFile().fileName.startsWith(lib)) ?? false
  /** Its name says what it is. */
  const isWellKnown = (symbol: ts.Symbol): boolean => symbol.name.startsWith('__@')
  const isHidden = (symbol: ts.Symbol): boolean => {
    const { valueDeclaration } = symbol
    const name = valueDeclaration && ts.getNameOfDeclaration(valueDeclaration)
    return name !== undefined && ts.isPrivateIdentifier(name)
  }
  const members = (symbol: ts.Symbol): ts.Symbol[] => checker.getDeclaredTypeOfSymbol(symbol).getProperties()

  const source = program.getSourceFile(entry)
  const module = source && checker.getSymbolAtLocation(source)
  if (module === undefined) throw new Error(`${entry} is no module`)
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const silent = members(symbol).filter(
      (member) => isOurs(member) && !isWellKnown(member) && !isHidden(member) && isSilent(member),
    )
    return [...(isSilent(symbol) ? [exported.name] : []), ...silent.map(({ name }) => `${exported.name}.${name}`)]
  })
}

it.each(['index.ts', 'caller.ts'])('all that %s exports says what it is, and so does each of its members', (entry) => {
  expect(undocumented(`${lib}${entry}`)).toEqual([])
})
