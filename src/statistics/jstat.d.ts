/** The part of jstat that is used; the package has no types of its own. */
declare module "jstat" {
  export const jStat: {
    /** Regularised incomplete beta function I_x(a, b). */
    ibeta(x: number, a: number, b: number): number;
    studentt: { inv(probability: number, degreesOfFreedom: number): number };
    /** Third standardised moment, divided by the count (SciPy's default). */
    skewness(values: number[]): number;
  };
  const module: { jStat: typeof jStat };
  export default module;
}
