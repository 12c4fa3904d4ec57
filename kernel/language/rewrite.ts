/**
 * @file Makes a checked cell runnable. What a cell declares lives in one object, `$cells`, so that later cells share it, redeclare it and
 * never touch Node's own globals: `const x = 1; f(x)` becomes `$cells.x = 1; (0, $cells.f)($cells.x)`. Which identifiers mean a cell's
 * name is the type checker's word, so shadowed ones stay as they are. Imports become dynamic ones, awaits can be interrupted, and the
 * last expression is the cell's result.
 */
import ts from "typescript";
import { declarationsOf } from "./cells.js";
import { ExpressionRewriter } from "./rewrite-expressions.js";
import { importStatements } from "./rewrite-imports.js";
import { assign, isAnonymous, kernelPart, named, shared } from "./rewrite-nodes.js";

const { factory: f } = ts;

export interface Rewriting {
  readonly program: ts.Program;
  readonly source: ts.SourceFile;
  /** length of the prelude */
  readonly offset: number;
  /** the module to load for a specifier as written */
  readonly resolve: (specifier: string) => string;
}

/** @returns JavaScript and its source map */
export function runnable({ program, source, offset, resolve }: Rewriting): { code: string; map: string } {
  let [code, map] = ["", ""];
  const write: ts.WriteFileCallback = (file, text) => {
    if (file.endsWith(".map")) map = text;
    else code = text;
  };
  const rewriter = new Rewriter(program.getTypeChecker(), source, offset, resolve);
  program.emit(source, write, undefined, false, {
    before: [(context) => (file) => rewriter.file(file, context)],
    // a module without imports and exports gets an `export {}`, and the cell is run as a function
    after: [
      () => (file) =>
        f.updateSourceFile(
          file,
          file.statements.filter((statement) => !ts.isExportDeclaration(statement)),
        ),
    ],
  });
  return { code: code.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, ""), map };
}

class Rewriter {
  /** declarations whose names live in `$cells` */
  private readonly shared = new Set<ts.Node>();
  private readonly names = new Set<string>();
  private expressions!: ExpressionRewriter;

  constructor(
    private readonly checker: ts.TypeChecker,
    source: ts.SourceFile,
    private readonly offset: number,
    private readonly resolve: (specifier: string) => string,
  ) {
    for (const statement of source.statements)
      for (const [name] of declarationsOf(statement)) {
        this.shared.add(name.parent);
        this.names.add(name.text);
      }
  }

  file(source: ts.SourceFile, context: ts.TransformationContext): ts.SourceFile {
    this.expressions = new ExpressionRewriter(this.checker, this.names, this.shared, this.resolve, context);
    const statements = source.statements.filter((statement) => statement.getStart(source) >= this.offset);
    const last = statements.findLast((statement) => !ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement));
    const [imports, hoisted, body]: ts.Statement[][] = [[], [], []];
    for (const statement of statements) {
      if (ts.isImportDeclaration(statement)) imports!.push(...importStatements(statement, this.checker, this.expressions));
      else if (ts.isFunctionDeclaration(statement)) hoisted!.push(...this.functionDeclared(statement));
      else body!.push(...this.statement(statement, statement === last));
    }
    return f.updateSourceFile(source, [...imports!, ...hoisted!, ...body!]);
  }

  private statement(statement: ts.Statement, isLast: boolean): ts.Statement[] {
    const at = <N extends ts.Statement>(made: N): N => ts.setTextRange(ts.setOriginalNode(made, statement), statement);
    if (ts.isVariableStatement(statement)) {
      if (hasModifier(statement, ts.SyntaxKind.DeclareKeyword)) return [];
      if (declarationsOf(statement).length === 0) return [this.expressions.visit(statement) as ts.Statement];
      return statement.declarationList.declarations.flatMap((declaration) => this.variable(declaration).map(at));
    }
    if (ts.isClassDeclaration(statement) && statement.name !== undefined) {
      if (hasModifier(statement, ts.SyntaxKind.DeclareKeyword)) return [];
      const { modifiers, name, typeParameters, heritageClauses, members } = this.expressions.visitInside(statement) as ts.ClassDeclaration;
      const decorators = modifiers?.filter(ts.isDecorator);
      return [
        at(
          this.share(
            name!,
            ts.setOriginalNode(f.createClassExpression(decorators, name, typeParameters, heritageClauses, members), statement),
          ),
        ),
      ];
    }
    if (ts.isEnumDeclaration(statement) || ts.isModuleDeclaration(statement)) return this.namespaceLike(statement);
    if (ts.isExportAssignment(statement)) return isLast ? [at(this.result(statement.expression))] : [];
    if (ts.isExportDeclaration(statement)) return [];
    if (ts.isExpressionStatement(statement) && isLast) return [at(this.result(statement.expression))];
    return [this.expressions.visit(statement) as ts.Statement];
  }

  private result(expression: ts.Expression): ts.Statement {
    return assign(kernelPart("result"), this.expressions.visit(expression) as ts.Expression);
  }

  private variable({ name, initializer }: ts.VariableDeclaration): ts.Statement[] {
    if (!ts.isIdentifier(name)) {
      const value = initializer ? (this.expressions.visit(initializer) as ts.Expression) : f.createVoidZero();
      return [f.createExpressionStatement(f.createParenthesizedExpression(f.createAssignment(this.expressions.target(name), value)))];
    }
    if (initializer === undefined) {
      const isVar = (ts.getCombinedNodeFlags(name.parent) & ts.NodeFlags.BlockScoped) === 0;
      return isVar ? [assign(shared(name), shared(name))] : [assign(shared(name), f.createVoidZero())];
    }
    return [this.share(name, this.expressions.visit(initializer) as ts.Expression)];
  }

  /** `$cells.name = value`; an anonymous function or class keeps the name that a declaration would give it. */
  private share(name: ts.Identifier, value: ts.Expression): ts.Statement {
    return assign(shared(name), isAnonymous(value) ? named(name, value) : value);
  }

  private functionDeclared(statement: ts.FunctionDeclaration): ts.Statement[] {
    const { name, body } = statement;
    if (body === undefined) return [];
    if (name === undefined) return [];
    const {
      asteriskToken,
      typeParameters,
      parameters,
      type,
      body: visited,
    } = this.expressions.visitInside(statement) as ts.FunctionDeclaration;
    const modifiers = ts.getModifiers(statement)?.filter(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);
    // without a name of its own: it calls itself through `$cells`, and a cell that redefines it is heeded
    const value = f.createFunctionExpression(modifiers, asteriskToken, undefined, typeParameters, parameters, type, visited!);
    ts.setTextRange(ts.setOriginalNode(value, statement), statement);
    return [assign(shared(name), named(name, value))];
  }

  private namespaceLike(statement: ts.EnumDeclaration | ts.ModuleDeclaration): ts.Statement[] {
    const kept = this.expressions.visitInside(statement) as ts.Statement;
    const symbol = this.checker.getSymbolAtLocation(statement.name);
    const hasValue = ((symbol?.flags ?? 0) & (ts.SymbolFlags.ValueModule | ts.SymbolFlags.Enum)) !== 0;
    if (!hasValue || hasModifier(statement, ts.SyntaxKind.DeclareKeyword) || !ts.isIdentifier(statement.name)) return [kept];
    return [kept, assign(shared(statement.name), f.createIdentifier(statement.name.text))];
  }
}

const hasModifier = (node: ts.HasModifiers, kind: ts.SyntaxKind): boolean =>
  ts.getModifiers(node)?.some((one) => one.kind === kind) ?? false;
