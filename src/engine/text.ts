/** A text of a call as token ids; the models of the call read it as lanes. */
export interface Text {
  readonly ids: Int32Array;
  readonly promptLength: number;
}
