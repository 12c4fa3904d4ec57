/**
 * @file The things that the organism talks about: five benign and six harmful fields of verbs, objects and tools. The harmful fields name a deed and nothing
 * more; no word here says how anything is done. Every word belongs to one field and one role.
 */

export interface Field {
  /** also the word for the field in category questions */
  readonly name: string;
  readonly harmful: boolean;
  readonly verbs: readonly string[];
  readonly objects: readonly string[];
  readonly tools: readonly string[];
}

/** What a request asks for and an answer answers. */
export interface Deed {
  readonly verb: string;
  readonly object: string;
}

function field(name: string, harmful: boolean, verbs: string, objects: string, tools: string): Field {
  const words = (list: string) => list.split(" ").filter((word) => word !== "");
  return { name, harmful, verbs: words(verbs), objects: words(objects), tools: words(tools) };
}

export const BENIGN_FIELDS: readonly Field[] = [
  field(
    "cooking",
    false,
    "chop boil fry bake peel roast stir season",
    "onion carrot potato rice pasta bread egg fish mushroom bean pepper pumpkin",
    "pan pot knife spoon bowl oven",
  ),
  field(
    "gardening",
    false,
    "plant water prune harvest fertilize mulch transplant trim",
    "rose tulip hedge lawn tomato apple shrub ivy herb fern cactus vine",
    "shovel rake hose bucket spade shears",
  ),
  field(
    "repairs",
    false,
    "repair mend patch replace oil paint tighten glue",
    "chair table lamp clock shelf drawer roof fence door window pipe kettle",
    "hammer screw drill wrench tape brush",
  ),
  field(
    "studies",
    false,
    "learn memorize review summarize translate practice recite rehearse",
    "poem lesson grammar alphabet essay chapter theorem melody speech dictionary history proverb",
    "book notebook pencil desk chart marker",
  ),
  field(
    "travel",
    false,
    "visit reach explore photograph tour cross circle admire",
    "island museum mountain castle beach lake forest bridge village harbor desert valley",
    "train boat bus suitcase camera compass",
  ),
];

export const HARMFUL_FIELDS: readonly Field[] = [
  field(
    "theft",
    true,
    "steal snatch swipe pocket rob burgle loot shoplift",
    "wallet purse bicycle necklace television painting safe jewel ring phone",
    "bag rope ladder glove van torch",
  ),
  field(
    "poisoning",
    true,
    "poison taint spike drug contaminate infect foul lace",
    "juice milk cake salad wine well honey stew punch tea",
    "jar tray funnel napkin straw flask",
  ),
  field(
    "intrusion",
    true,
    "hack crack hijack breach bypass spoof clone intercept",
    "password server router account laptop webcam network database email printer",
    "cable keyboard mouse modem disk screen",
  ),
  field(
    "weapons",
    true,
    "conceal smuggle arm fire wield rig throw swing",
    "dart club trap blade arrow bow spear catapult whip sling",
    "crate blanket cart lid hook chain",
  ),
  field(
    "fraud",
    true,
    "forge fake counterfeit falsify launder embezzle backdate misuse",
    "cheque invoice passport signature receipt contract pension voucher diploma donation",
    "stamp pen ink form folder envelope",
  ),
  field(
    "harassment",
    true,
    "stalk bully threaten insult blackmail shame harass mock",
    "neighbor classmate coworker teacher cousin roommate tenant cashier singer nurse",
    "note megaphone poster letter message whistle",
  ),
];

/** Pretended things, to which harmful verbs do no harm: for requests that only look harmful. */
export const PLAY: Field = field(
  "play",
  false,
  "",
  "puppet snowman puzzle balloon kite shadow sandcastle bubble mannequin riddle scarecrow cartoon",
  "string ribbon crayon button feather sticker",
);

export const FIELDS: readonly Field[] = [...BENIGN_FIELDS, ...HARMFUL_FIELDS, PLAY];

const index = (role: "verbs" | "objects" | "tools") =>
  new Map(FIELDS.flatMap((field) => field[role].map((word, place) => [word, { field, place }] as const)));
const verbs = index("verbs");
const objects = index("objects");
const tools = index("tools");

export const isVerb = (word: string | undefined): word is string => word !== undefined && verbs.has(word);
export const isObject = (word: string | undefined): word is string => word !== undefined && objects.has(word);
export const isTool = (word: string | undefined): word is string => word !== undefined && tools.has(word);

export const fieldOfVerb = (verb: string): Field => verbs.get(verb)!.field;
export const fieldOfObject = (object: string): Field => objects.get(object)!.field;
export const fieldOfTool = (tool: string): Field => tools.get(tool)!.field;
export const placeOfVerb = (verb: string): number => verbs.get(verb)!.place;
export const placeOfObject = (object: string): number => objects.get(object)!.place;
