/**
 * @file Makes a checked cell runnable. What a cell declares lives in one object, `$cells`, so that later cells share it, redeclare it and
 * never touch Node's own globals: `const x = 1; f(x)` becomes `$cells.x = 1; (0, $cells.f)($cells.x)`. Which identifiers mean a cell's
 * name is the type checker's word, so shadowed ones stay as they are. Imports become dynamic ones, awaits can be interrupted, and the
 * last expression is the cell's result.
 */
import ts from "typescript";
import { declarationsOf } from "./cells.js";

const CELLS = "$cells";
const KERNEL = "$kernel";
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
  private context!: ts.TransformationContext;
  private modules = 0;

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
    this.context = context;
    const statements = source.statements.filter((statement) => statement.getStart(source) >= this.offset);
    const last = statements.findLast((statement) => !ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement));
    const [imports, hoisted, body]: ts.Statement[][] = [[], [], []];
    for (const statement of statements) {
      if (ts.isImportDeclaration(statement)) imports!.push(...this.imported(statement));
      else if (ts.isFunctionDeclaration(statement)) hoisted!.push(...this.functionDeclared(statement));
      else body!.push(...this.statement(statement, statement === last));
    }
    return f.updateSourceFile(source, [...imports!, ...hoisted!, ...body!]);
  }

  private statement(statement: ts.Statement, isLast: boolean): ts.Statement[] {
    const at = <N extends ts.Statement>(made: N): N => ts.setTextRange(ts.setOriginalNode(made, statement), statement);
    if (ts.isVariableStatement(statement)) {
      if (hasModifier(statement, ts.SyntaxKind.DeclareKeyword)) return [];
      if (declarationsOf(statement).length === 0) return [this.visit(statement) as ts.Statement];
      return statement.declarationList.declarations.flatMap((declaration) => this.variable(declaration).map(at));
    }
    if (ts.isClassDeclaration(statement) && statement.name !== undefined) {
      if (hasModifier(statement, ts.SyntaxKind.DeclareKeyword)) return [];
      const { modifiers, name, typeParameters, heritageClauses, members } = this.visitInside(statement) as ts.ClassDeclaration;
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
    return [this.visit(statement) as ts.Statement];
  }

  private result(expression: ts.Expression): ts.Statement {
    return assign(f.createPropertyAccessExpression(f.createIdentifier(KERNEL), "result"), this.visit(expression) as ts.Expression);
  }

  private variable({ name, initializer }: ts.VariableDeclaration): ts.Statement[] {
    if (!ts.isIdentifier(name)) {
      const value = initializer ? (this.visit(initializer) as ts.Expression) : f.createVoidZero();
      return [f.createExpressionStatement(f.createParenthesizedExpression(f.createAssignment(this.target(name), value)))];
    }
    if (initializer === undefined) {
      const isVar = (ts.getCombinedNodeFlags(name.parent) & ts.NodeFlags.BlockScoped) === 0;
      return isVar ? [assign(shared(name), shared(name))] : [assign(shared(name), f.createVoidZero())];
    }
    return [this.share(name, this.visit(initializer) as ts.Expression)];
  }

  /** `$cells.name = value`; an anonymous function or class keeps the name that a declaration would give it. */
  private share(name: ts.Identifier, value: ts.Expression): ts.Statement {
    return assign(shared(name), isAnonymous(value) ? named(name, value) : value);
  }

  private functionDeclared(statement: ts.FunctionDeclaration): ts.Statement[] {
    const { name, body } = statement;
    if (body === undefined) return [];
    if (name === undefined) return [];
    const { asteriskToken, typeParameters, parameters, type, body: visited } = this.visitInside(statement) as ts.FunctionDeclaration;
    const modifiers = ts.getModifiers(statement)?.filter(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);
    // without a name of its own: it calls itself through `$cells`, and a cell that redefines it is heeded
    const value = f.createFunctionExpression(modifiers, asteriskToken, undefined, typeParameters, parameters, type, visited!);
    ts.setTextRange(ts.setOriginalNode(value, statement), statement);
    return [assign(shared(name), named(name, value))];
  }

  private namespaceLike(statement: ts.EnumDeclaration | ts.ModuleDeclaration): ts.Statement[] {
    const kept = this.visitInside(statement) as ts.Statement;
    const symbol = this.checker.getSymbolAtLocation(statement.name);
    const hasValue = ((symbol?.flags ?? 0) & (ts.SymbolFlags.ValueModule | ts.SymbolFlags.Enum)) !== 0;
    if (!hasValue || hasModifier(statement, ts.SyntaxKind.DeclareKeyword) || !ts.isIdentifier(statement.name)) return [kept];
    return [kept, assign(shared(statement.name), f.createIdentifier(statement.name.text))];
  }

  private imported(statement: ts.ImportDeclaration): ts.Statement[] {
    const { importClause: clause, moduleSpecifier, attributes } = statement;
    if (clause?.isTypeOnly) return [];
    const values = clause === undefined ? [] : this.importedValues(clause);
    if (clause !== undefined && values.length === 0) return [];
    const at = <N extends ts.Statement>(made: N): N => ts.setTextRange(ts.setOriginalNode(made, statement), statement);
    const load = this.awaited(this.load(moduleSpecifier, attributes));
    if (values.length === 0) return [at(f.createExpressionStatement(load))];
    const module = f.createUniqueName(`module_${this.modules++}`);
    const made = f.createVariableStatement(
      undefined,
      f.createVariableDeclarationList([f.createVariableDeclaration(module, undefined, undefined, load)], ts.NodeFlags.Const),
    );
    return [
      at(made),
      ...values.map(([name, from]) =>
        at(assign(shared(name), from === undefined ? module : f.createElementAccessExpression(module, f.createStringLiteral(from)))),
      ),
    ];
  }

  /** Local name and name in the module; types are left out, unknown things are taken for values. */
  private importedValues({ name, namedBindings }: ts.ImportClause): [ts.Identifier, string | undefined][] {
    const found: [ts.Identifier, string | undefined][] = [];
    const isValue = (identifier: ts.Identifier) => {
      const symbol = this.checker.getSymbolAtLocation(identifier);
      if (symbol === undefined) return true;
      const { flags } = symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
      return (flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Namespace)) === 0 || (flags & ts.SymbolFlags.Value) !== 0;
    };
    if (name !== undefined && isValue(name)) found.push([name, "default"]);
    if (namedBindings === undefined) return found;
    if (ts.isNamespaceImport(namedBindings)) return [...found, [namedBindings.name, undefined]];
    for (const one of namedBindings.elements)
      if (!one.isTypeOnly && isValue(one.name)) found.push([one.name, (one.propertyName ?? one.name).text]);
    return found;
  }

  private load(specifier: ts.Expression, attributes?: ts.ImportAttributes): ts.Expression {
    const place = ts.isStringLiteralLike(specifier)
      ? f.createStringLiteral(this.resolve(specifier.text))
      : (this.visit(specifier) as ts.Expression);
    const fields = attributes?.elements.map(({ name, value }) => f.createPropertyAssignment(name, value));
    return this.kernelCall("import", [
      place,
      ...(fields ? [f.createObjectLiteralExpression([f.createPropertyAssignment("with", f.createObjectLiteralExpression(fields))])] : []),
    ]);
  }

  private kernelCall(method: string, args: ts.Expression[]): ts.Expression {
    return f.createCallExpression(f.createPropertyAccessExpression(f.createIdentifier(KERNEL), method), undefined, args);
  }

  /** `$kernel.resume(await $kernel.guard(x))`: an await that can be interrupted. */
  private awaited(expression: ts.Expression): ts.Expression {
    return this.kernelCall("resume", [f.createAwaitExpression(this.kernelCall("guard", [expression]))]);
  }

  /** A binding pattern as the target of an assignment. */
  private target(name: ts.BindingName): ts.Expression {
    if (ts.isIdentifier(name)) return shared(name);
    const withDefault = ({ name: inner, initializer }: ts.BindingElement) => {
      const place = this.target(inner);
      return initializer ? f.createAssignment(place, this.visit(initializer) as ts.Expression) : place;
    };
    if (ts.isArrayBindingPattern(name))
      return f.createArrayLiteralExpression(
        name.elements.map((element) => {
          if (ts.isOmittedExpression(element)) return element;
          return element.dotDotDotToken ? f.createSpreadElement(this.target(element.name)) : withDefault(element);
        }),
      );
    return f.createObjectLiteralExpression(
      name.elements.map((element) => {
        if (element.dotDotDotToken) return f.createSpreadAssignment(this.target(element.name));
        const key = element.propertyName ?? f.createIdentifier((element.name as ts.Identifier).text);
        return f.createPropertyAssignment(
          ts.isComputedPropertyName(key) ? (this.visit(key) as ts.PropertyName) : key,
          withDefault(element),
        );
      }),
    );
  }

  private visitInside(node: ts.Node): ts.Node {
    return ts.visitEachChild(node, (child) => this.visit(child), this.context);
  }

  private readonly visit = (node: ts.Node): ts.Node => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return node;
    if (ts.isIdentifier(node)) return this.reference(node);
    if (ts.isShorthandPropertyAssignment(node)) return this.shorthand(node);
    if (ts.isAwaitExpression(node))
      return ts.setTextRange(ts.setOriginalNode(this.awaited(this.visit(node.expression) as ts.Expression), node), node);
    if (ts.isForOfStatement(node) && node.awaitModifier) {
      const { awaitModifier, initializer, expression, statement } = this.visitInside(node) as ts.ForOfStatement;
      return f.updateForOfStatement(node, awaitModifier, initializer, this.kernelCall("guardEach", [expression]), statement);
    }
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
      return f.createPropertyAccessExpression(f.createIdentifier(KERNEL), "meta");
    if (ts.isCallExpression(node)) return this.call(node);
    if (ts.isTaggedTemplateExpression(node) && ts.isIdentifier(node.tag) && this.isShared(node.tag)) {
      const { tag, typeArguments, template } = this.visitInside(node) as ts.TaggedTemplateExpression;
      return f.updateTaggedTemplateExpression(node, withoutThis(tag), typeArguments, template);
    }
    return this.visitInside(node);
  };

  private call(node: ts.CallExpression): ts.Node {
    if (node.expression.kind === ts.SyntaxKind.ImportKeyword && node.arguments[0]) {
      const [specifier, options] = node.arguments;
      const load = this.load(specifier!) as ts.CallExpression;
      if (options === undefined) return load;
      return f.updateCallExpression(load, load.expression, undefined, [...load.arguments, this.visit(options) as ts.Expression]);
    }
    const visited = this.visitInside(node) as ts.CallExpression;
    if (!ts.isIdentifier(node.expression) || !this.isShared(node.expression)) return visited;
    if (ts.isCallChain(visited))
      return f.updateCallChain(
        visited,
        withoutThis(visited.expression),
        visited.questionDotToken,
        visited.typeArguments,
        visited.arguments,
      );
    return f.updateCallExpression(visited, withoutThis(visited.expression), visited.typeArguments, visited.arguments);
  }

  private reference(node: ts.Identifier): ts.Node {
    return this.isShared(node) ? ts.setTextRange(ts.setOriginalNode(shared(node), node), node) : node;
  }

  /** Is it used as a variable, and does that variable live in `$cells`? */
  private isShared(node: ts.Identifier): boolean {
    if (!this.names.has(node.text)) return false;
    const parent = node.parent as (ts.Node & { name?: ts.Node; propertyName?: ts.Node; label?: ts.Node }) | undefined;
    if (parent === undefined || parent.name === node || parent.propertyName === node || parent.label === node) return false;
    return this.lives(this.checker.getSymbolAtLocation(node));
  }

  private shorthand(node: ts.ShorthandPropertyAssignment): ts.Node {
    const { name, objectAssignmentInitializer } = node;
    const initializer = objectAssignmentInitializer && (this.visit(objectAssignmentInitializer) as ts.Expression);
    if (!this.names.has(name.text) || !this.lives(this.checker.getShorthandAssignmentValueSymbol(node)))
      return f.updateShorthandPropertyAssignment(node, name, initializer);
    return f.createPropertyAssignment(
      f.createIdentifier(name.text),
      initializer ? f.createAssignment(shared(name), initializer) : shared(name),
    );
  }

  private lives(symbol: ts.Symbol | undefined): boolean {
    return symbol?.declarations?.some((declaration) => this.shared.has(declaration)) ?? false;
  }
}

const shared = ({ text }: ts.Identifier): ts.PropertyAccessExpression => f.createPropertyAccessExpression(f.createIdentifier(CELLS), text);

const assign = (target: ts.Expression, value: ts.Expression): ts.Statement =>
  f.createExpressionStatement(f.createAssignment(target, value));

/** `(0, $cells.f)`: a function called by its bare name gets no `this`. */
const withoutThis = (callee: ts.Expression): ts.Expression =>
  f.createParenthesizedExpression(f.createComma(f.createNumericLiteral(0), callee));

function isAnonymous(value: ts.Expression): boolean {
  return ts.isArrowFunction(value) || ((ts.isFunctionExpression(value) || ts.isClassExpression(value)) && value.name === undefined);
}

/** `({ f: value }).f`: the value takes the name `f`. */
function named({ text }: ts.Identifier, value: ts.Expression): ts.Expression {
  return f.createPropertyAccessExpression(
    f.createParenthesizedExpression(f.createObjectLiteralExpression([f.createPropertyAssignment(text, value)])),
    text,
  );
}

const hasModifier = (node: ts.HasModifiers, kind: ts.SyntaxKind): boolean =>
  ts.getModifiers(node)?.some((one) => one.kind === kind) ?? false;
