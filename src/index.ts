/** The public contract of neuronbook: every name that users may count on, and nothing else. */

export { Dataset, type DatasetOptions } from "./datasets/dataset.js";
export { type DatasetDefinition, type DatasetRecords, defineDataset } from "./datasets/definition.js";
export { disjoint } from "./datasets/disjoint.js";
export type { FileName, FileNameWith } from "./datasets/file-names.js";
export { readJsonl } from "./datasets/json-rows.js";
export { type DatasetDescription, datasets, openDataset } from "./datasets/open.js";
export { readParquet } from "./datasets/parquet.js";
export type {
  AnswerRecord,
  ChatRecord,
  ChoiceRecord,
  DatasetRecord,
  LabelledRecord,
  PreferenceRecord,
  PromptRecord,
  TextRecord,
} from "./datasets/records.js";
export type { Row } from "./datasets/row.js";
export { defaultEngine, Engine, type EngineOptions } from "./engine/engine.js";
export { type GenerateOptions, type Generation, generate } from "./engine/generate.js";
export type { Intervention, SavedValues, Target, UnitValues } from "./engine/interventions.js";
export { type LoadOptions, loadModel, Model, type ModelOrigin } from "./engine/model.js";
export type { SiteFunction } from "./engine/plan.js";
export type { Positions } from "./engine/positions.js";
export type { Progress } from "./engine/progress.js";
export type { Prompt } from "./engine/prompts.js";
export type { Provider, ProviderStatus } from "./engine/protocol.js";
export { type ScoredText, type ScoreOptions, score } from "./engine/score.js";
export type { RunOptions } from "./engine/score-texts.js";
export type { Message, Tokenizer } from "./engine/tokenizer.js";
export {
  DisposedError,
  EngineError,
  FileFormatError,
  NeuronbookError,
  NotFoundError,
  OptionError,
  ShapeError,
  SiteError,
} from "./errors.js";
export { FINDING, FindingReport, type FindingReportFields, type FindingRow, figureText } from "./findings/finding-report.js";
export { overSeeds } from "./findings/over-seeds.js";
export { allHold, type Claim, type Finding, type Verdict, verdict, verdictForAll } from "./findings/verdict.js";
export * as ops from "./graph/index.js";
export { inTurn } from "./in-turn.js";
export {
  type Agreement,
  type BinaryAgreement,
  binaryAgreement,
  type PairAgreement,
  pairAgreement,
  type RealAgreement,
  realAgreement,
} from "./judges/agreement.js";
export { BEAVER_FORM, type TextForm } from "./judges/answer-texts.js";
export { type AnswerItem, type ExactMatch, type ExactMatchOptions, type Extract, exactMatch, extract } from "./judges/exact-match.js";
export type { Pool, Reading } from "./judges/features.js";
export { guessChance } from "./judges/guessing.js";
export type { AbilityOptions } from "./judges/likelihood.js";
export {
  answeredChoices,
  type ChoiceItem,
  type ChoiceResult,
  letteredChoices,
  type MultipleChoice,
  multipleChoice,
} from "./judges/multiple-choice.js";
export { type NonsenseRule, nonsenseRule } from "./judges/nonsense.js";
export { type Perplexity, type PerplexityOptions, perplexity, wikitextDocument } from "./judges/perplexity.js";
export { RatingJudge, type RatingOptions, SAFETY_QUESTION } from "./judges/rating-judge.js";
export {
  judgeRefusals,
  type RefusalCounts,
  type RefusalOptions,
  type RefusalVerdict,
  refusalVerdict,
  type VerdictKind,
} from "./judges/refusal.js";
export { PHRASE_SPAN, REFUSAL_PATTERNS_VERSION, REFUSAL_PHRASES, REFUSAL_STARTS, type RefusalPattern } from "./judges/refusal-patterns.js";
export type { LabelledAnswer, ScoreExamples } from "./judges/score-examples.js";
export { type ScoreHead, ScoreModel, type ScoreModelOrigin, type ScoreModelParts, type ScoreScale } from "./judges/score-model.js";
export { type LoadScoreOptions, loadScoreModel, saveScoreModel } from "./judges/score-model-file.js";
export { type ScoreAdapterOptions, type ScoreAdapterTraining, trainScoreAdapter } from "./judges/train-score-adapter.js";
export { measureScores, type ScoreHeadOptions, type ScoreHeadTraining, type TriedHead, trainScoreHead } from "./judges/train-score-head.js";
export type { AnswerCounts } from "./lab/organism/answers.js";
export type { Bar } from "./lab/organism/bars.js";
export { type CheckOptions, checkOrganism, type OrganismCheck } from "./lab/organism/check.js";
export { type LabOptions, OrganismLab, type OrganismModelName, openLab, type TaskOptions } from "./lab/organism/lab.js";
export type { MeasureOptions, ModelMeasures, OrganismMeasures, PairMeasures } from "./lab/organism/measure.js";
export type { OrganismRecord, StageRecord } from "./lab/organism/record.js";
export { type OrganismTrainingOptions, type StageProgress, trainOrganism } from "./lab/organism/train.js";
export { recordedFindings } from "./lab/reproduction/recorded.js";
export { Ability } from "./lab/study/ability.js";
export { type GeneralChange, generalChange } from "./lab/study/general-change.js";
export type { Patched } from "./lab/study/identity.js";
export type { StudySize } from "./lab/study/laboratory.js";
export {
  type AnswerFigure,
  type AnswerMeasures,
  type AnswerVerdict,
  answersTable,
  MeasuredAnswers,
} from "./lab/study/measured-answers.js";
export { openStudy, type StudyOptions } from "./lab/study/open-study.js";
export { PatchEffect } from "./lab/study/patch-effect.js";
export { type Made, Results } from "./lab/study/results.js";
export type { StudyScale } from "./lab/study/scale.js";
export {
  type Baseline,
  type SecondOpinion,
  Study,
  type StudyContrast,
  type StudyCrossBenchmark,
} from "./lab/study/study.js";
export { type PredictedHarm, StudyPredictor } from "./lab/study/study-predictor.js";
export { type ObjectiveKind, type PromptKind, type StudyPrompt, WORD_CLASSES, type WordClass } from "./lab/study/subject.js";
export type { DecoderConfig } from "./models/config.js";
export { allSites, matchSites, SITE_KINDS, type Site, type SiteKind, siteShape } from "./models/sites.js";
export { type ActivationRow, Activations } from "./neurons/activations.js";
export { type BaselineOptions, snTuneScores, wandaScores } from "./neurons/baselines/activation-scores.js";
export { randomNeurons } from "./neurons/baselines/random-neurons.js";
export { type Capture, type CaptureOptions, capture } from "./neurons/capture.js";
export { type BootstrapOptions, type CausalEffect, type Estimate, ratioEffect } from "./neurons/causal-effect.js";
export { ChangeScores, type ScoreKind } from "./neurons/change-scores.js";
export { type ContrastOptions, contrast } from "./neurons/contrast.js";
export { type At, add, custom, mean, type OtherPrompts, patch, scale, type Where, zero } from "./neurons/interventions.js";
export { type CompareOptions, NeuronScores, type NeuronScoresFields } from "./neurons/neuron-scores.js";
export { type Neuron, NeuronSet } from "./neurons/neuron-set.js";
export {
  type Cost,
  type CostEffectOptions,
  causalEffect,
  type EffectAnswers,
  type Measure,
  type MeasureEffectOptions,
} from "./neurons/patching.js";
export { type AgreementOptions, type RankingPair, rankingAgreement } from "./neurons/ranking-agreement.js";
export type { RunOrigin } from "./neurons/run-origin.js";
export { SiteStatistics, type StatsOptions, stats } from "./neurons/stats.js";
export { type TensorflowChoice, type TensorflowStatus, tensorflow, tensorflowStatus } from "./neurons/tensorflow.js";
export { type Norm, valueNorms } from "./neurons/value-vectors.js";
export { type ProjectionOptions, type PromotedToken, VocabularyProjection, vocabularyProjection } from "./neurons/vocabulary-projection.js";
export {
  type OrganismPrompt,
  type OrganismPromptOptions,
  type OrganismPromptSet,
  organismCost,
  organismPrompts,
  organismReward,
  type Task,
  type TaskKind,
} from "./organism/index.js";
export type { BarsOptions } from "./plots/bars.js";
export type { CausalEffectOptions, EffectPoint } from "./plots/causal-effect.js";
export type { CurvePoint, CurvesOptions } from "./plots/curves.js";
export { Figure, type FigureParts, type PlotlyObject, type PngOptions } from "./plots/figure.js";
export type { HeatmapOptions } from "./plots/heatmap.js";
export type { HistogramOptions } from "./plots/histogram.js";
export * as figure from "./plots/index.js";
export type { LayersOptions } from "./plots/layers.js";
export type { Measured, OneMeasured } from "./plots/measured.js";
export { NEURON_VIEW, type NeuronView, type NeuronViewMap, type NeuronViewText } from "./plots/neuron-view.js";
export type { NeuronsOptions } from "./plots/neurons.js";
export type { ScatterOptions, ScatterPoints } from "./plots/scatter.js";
export type { RankingScores } from "./plots/scores.js";
export type { Pieces, TokenText } from "./plots/token-text.js";
export type { TokensOptions } from "./plots/tokens.js";
export type { TrainingFigureOptions, TrainingSteps } from "./plots/training.js";
export type { WindowPoint, WindowsOptions } from "./plots/windows.js";
export {
  type Benchmark,
  CrossBenchmark,
  type CrossBenchmarkMean,
  type CrossBenchmarkOptions,
  type CrossBenchmarkRow,
  crossBenchmark,
  type NeuronChoice,
} from "./probes/cross-benchmark.js";
export { type FeatureReading, type Features, neuronFeatures } from "./probes/features.js";
export { type HarmLabels, HarmPredictor, type HarmPredictorOptions, harmLabels, trainHarmPredictor } from "./probes/harm-predictor.js";
export { fitLogisticRegression, LogisticRegression, type RegressionOptions } from "./probes/logistic-regression.js";
export {
  type GuardedGeneration,
  type GuardedOptions,
  Safeguard,
  type SafeguardOptions,
  type SafeguardOverhead,
} from "./probes/safeguard.js";
export { type Random, seeded } from "./random.js";
export { bootstrap, type GroupedBootstrap, meanEstimate } from "./statistics/estimate.js";
export { pairsEstimate } from "./statistics/pairs.js";
export { spearman } from "./statistics/rank-correlation.js";
export { skewness } from "./statistics/skewness.js";
export { type LevelOption, pairedTTest, type RankCorrelation, rankCorrelation, type TTest, tEstimate } from "./statistics/student-t.js";
export type { PreferenceOptions } from "./training/dpo.js";
export { trainDpo } from "./training/dpo.js";
export type { Answer, DpoExample, SftExample } from "./training/examples.js";
export { type DpoFit, dpoFit, type HeldOutOptions, type SftFit, sftFit } from "./training/held-out.js";
export type { Schedule } from "./training/schedule.js";
export { trainSft } from "./training/sft.js";
export type { Parameter } from "./training/trainable.js";
export type { Evaluation, TrainingOptions, TrainingProgress, TrainingRecord, TrainingStep } from "./training/training.js";
export { onlyNeurons, type UpdateMask, withoutNeurons } from "./training/update-mask.js";
export type { TrainedWeights } from "./training/weights.js";
export type {
  Ia3Training,
  Ia3TrainingOptions,
  LoraTraining,
  LoraTrainingOptions,
  WeightTraining,
  WeightTrainingOptions,
} from "./training/what-is-trained.js";
export { version } from "./version.js";
export { type Checkpoint, openCheckpoint } from "./weights/checkpoint.js";
export { writeCheckpoint } from "./weights/checkpoint-write.js";
export { hubCacheDir, isOffline, locateModel } from "./weights/hub.js";
export {
  type Adapter,
  type Ia3Adapter,
  type Ia3Scale,
  type LoraAdapter,
  type LoraUpdate,
  loadAdapter,
  writeAdapter,
} from "./weights/peft.js";
export { readFloat32, readSafetensorsHeader, type TensorInfo, writeSafetensors } from "./weights/safetensors.js";
export { shuffledIa3 } from "./weights/shuffled-ia3.js";
