//! Tries every order of the moves of a model, the shortest first, and tells the story of what went wrong.

use std::collections::BTreeSet;

/// A small web: its worlds, what can happen in each, and what must never be true.
pub trait Model {
    type World: Clone + Ord;
    type Move: Clone;

    fn start(&self) -> Self::World;

    /// What can happen next.
    fn moves(&mut self, world: &Self::World) -> Vec<Self::Move>;

    /// Lets it happen, and tells it in sentences.
    fn play(&mut self, world: &mut Self::World, what: &Self::Move) -> String;

    /// What is true in this world and must never be.
    fn broken(&mut self, world: &Self::World) -> Option<String>;
}

/// What an exploration ends with.
pub enum Explored {
    Safe { worlds: usize, moves: usize },
    Attack { story: String },
}

impl Explored {
    /// Prints how much was tried, and fails where there is an attack.
    pub fn expect_safe(self, name: &str) {
        match self {
            Self::Safe { worlds, moves } => println!("{name}: {worlds} worlds, up to {moves} moves"),
            Self::Attack { story } => panic!("{name}:\n{story}"),
        }
    }

    /// Fails where there is no attack, or another than the one that is told.
    pub fn expect_attack(self, told: &str) {
        let Self::Attack { story } = self else { panic!("there is no attack; expected:\n{told}") };
        assert!(story.trim() == told.trim(), "found:\n{story}\nexpected:\n{told}");
    }
}

/// A world, and how it came about.
struct Reached<M: Model> {
    world: M::World,
    /// The index of the world before, and what happened there.
    by: Option<(usize, M::Move)>,
    moves: usize,
}

/// Explores every world that is at most so many moves away.
pub fn explore<M: Model>(model: &mut M, most_moves: usize) -> Explored {
    let start = model.start();
    let mut seen = BTreeSet::from([start.clone()]);
    let mut reached = vec![Reached::<M> { world: start, by: None, moves: 0 }];
    let mut index = 0;
    while index < reached.len() {
        let Reached { world, moves, .. } = &reached[index];
        let (world, moves) = (world.clone(), *moves);
        if let Some(broken) = model.broken(&world) {
            return Explored::Attack { story: story(model, &reached, index, &broken) };
        }
        let next = if moves < most_moves { model.moves(&world) } else { Vec::new() };
        for what in next {
            let mut world = world.clone();
            model.play(&mut world, &what);
            // Most worlds were seen before, and are not copied.
            if !seen.contains(&world) {
                seen.insert(world.clone());
                reached.push(Reached { world, by: Some((index, what)), moves: moves + 1 });
            }
        }
        index += 1;
    }
    Explored::Safe { worlds: reached.len(), moves: most_moves }
}

/// The moves from the start to a world, played once more to be told.
fn story<M: Model>(model: &mut M, reached: &[Reached<M>], index: usize, broken: &str) -> String {
    let mut moves = Vec::new();
    let mut by = &reached[index].by;
    while let Some((before, what)) = by {
        moves.push(what.clone());
        by = &reached[*before].by;
    }
    let mut world = model.start();
    let told = moves.iter().rev().map(|what| model.play(&mut world, what));
    let mut lines: Vec<String> = told.enumerate().map(|(index, told)| format!("{}. {told}", index + 1)).collect();
    lines.push(format!("So {broken}."));
    lines.join("\n") + "\n"
}
