/** @file The pieces that rewritten cells are made of: names in `$cells`, calls of `$kernel`. */
import ts from "typescript";

const CELLS = "$cells";
const KERNEL = "$kernel";
const { factory: f } = ts;

/** `$kernel.name` */
export const kernelPart = (name: string): ts.PropertyAccessExpression => f.createPropertyAccessExpression(f.createIdentifier(KERNEL), name);

export const kernelCall = (method: string, args: readonly ts.Expression[]): ts.Expression =>
  f.createCallExpression(kernelPart(method), undefined, args);

/** `$kernel.resume(await $kernel.guard(x))`: an await that can be interrupted. */
export const awaited = (expression: ts.Expression): ts.Expression =>
  kernelCall("resume", [f.createAwaitExpression(kernelCall("guard", [expression]))]);

/** `$cells.name` */
export const shared = ({ text }: ts.Identifier): ts.PropertyAccessExpression =>
  f.createPropertyAccessExpression(f.createIdentifier(CELLS), text);

export const assign = (target: ts.Expression, value: ts.Expression): ts.Statement =>
  f.createExpressionStatement(f.createAssignment(target, value));

/** `(0, $cells.f)`: a function called by its bare name gets no `this`. */
export const withoutThis = (callee: ts.Expression): ts.Expression =>
  f.createParenthesizedExpression(f.createComma(f.createNumericLiteral(0), callee));

export function isAnonymous(value: ts.Expression): boolean {
  return ts.isArrowFunction(value) || ((ts.isFunctionExpression(value) || ts.isClassExpression(value)) && value.name === undefined);
}

/** `({ f: value }).f`: the value takes the name `f`. */
export function named({ text }: ts.Identifier, value: ts.Expression): ts.Expression {
  return f.createPropertyAccessExpression(
    f.createParenthesizedExpression(f.createObjectLiteralExpression([f.createPropertyAssignment(text, value)])),
    text,
  );
}
