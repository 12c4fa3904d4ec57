/** @file Expressions of a cell rewritten: names that live in `$cells`, awaits that can be interrupted, dynamic imports. */
import ts from "typescript";
import { awaited, kernelCall, kernelPart, shared, withoutThis } from "./rewrite-nodes.js";

const { factory: f } = ts;

export class ExpressionRewriter {
  /**
   * @param names of declarations that live in `$cells`
   * @param declarations these themselves: the type checker says which identifiers mean them
   * @param resolve the module to load for a specifier as written
   */
  constructor(
    private readonly checker: ts.TypeChecker,
    private readonly names: ReadonlySet<string>,
    private readonly declarations: ReadonlySet<ts.Node>,
    private readonly resolve: (specifier: string) => string,
    private readonly context: ts.TransformationContext,
  ) {}

  /** `$kernel.import(…)` */
  load(specifier: ts.Expression, attributes?: ts.ImportAttributes): ts.Expression {
    const place = ts.isStringLiteralLike(specifier)
      ? f.createStringLiteral(this.resolve(specifier.text))
      : (this.visit(specifier) as ts.Expression);
    const fields = attributes?.elements.map(({ name, value }) => f.createPropertyAssignment(name, value));
    return kernelCall("import", [
      place,
      ...(fields ? [f.createObjectLiteralExpression([f.createPropertyAssignment("with", f.createObjectLiteralExpression(fields))])] : []),
    ]);
  }

  /** A binding pattern as the target of an assignment. */
  target(name: ts.BindingName): ts.Expression {
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

  visitInside(node: ts.Node): ts.Node {
    return ts.visitEachChild(node, (child) => this.visit(child), this.context);
  }

  readonly visit = (node: ts.Node): ts.Node => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return node;
    if (ts.isIdentifier(node)) return this.reference(node);
    if (ts.isShorthandPropertyAssignment(node)) return this.shorthand(node);
    if (ts.isAwaitExpression(node))
      return ts.setTextRange(ts.setOriginalNode(awaited(this.visit(node.expression) as ts.Expression), node), node);
    if (ts.isForOfStatement(node) && node.awaitModifier) {
      const { awaitModifier, initializer, expression, statement } = this.visitInside(node) as ts.ForOfStatement;
      return f.updateForOfStatement(node, awaitModifier, initializer, kernelCall("guardEach", [expression]), statement);
    }
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) return kernelPart("meta");
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
    return symbol?.declarations?.some((declaration) => this.declarations.has(declaration)) ?? false;
  }
}
