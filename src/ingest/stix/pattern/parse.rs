//! The grammar of patterns, by recursive descent.

use std::borrow::Cow;

use super::token::{self, SYNTAX, Token};
use crate::indicator::Rejection;

/// An expression over observations. Qualifiers are left out.
#[derive(Debug)]
pub(super) enum Observation<'p> {
    One(Comparison<'p>),
    /// Joined by OR.
    Any(Vec<Self>),
    /// Several, joined by AND or FOLLOWEDBY.
    All,
}

/// An expression within one observation.
#[derive(Debug)]
pub(super) enum Comparison<'p> {
    Test(Test<'p>),
    /// Joined by OR.
    Any(Vec<Self>),
    /// Joined by AND, those of nested ANDs among them.
    All(Vec<Self>),
    Not,
}

/// A comparison of a property with literals.
#[derive(Debug)]
pub(super) struct Test<'p> {
    /// The type of the object.
    pub(super) object: &'p str,
    /// The way to the property, without indices.
    pub(super) steps: Vec<Cow<'p, str>>,
    pub(super) operator: Operator,
    /// The values; nothing stands for one that is no text.
    pub(super) operands: Vec<Option<Cow<'p, str>>>,
}

/// What a comparison does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `=`, or IN for any of several.
    Equal,
    /// ISSUBSET.
    Subset,
    /// Something that names no value, and what.
    Unnamed(&'static str),
}

/// Parses a whole pattern.
pub(super) fn parse(pattern: &str) -> Result<Observation<'_>, Rejection> {
    let (token, rest) = token::next(pattern)?;
    let mut parser = Parser { token, rest, depth: 0 };
    let observations = parser.observations()?;
    if parser.token == Token::End { Ok(observations) } else { Err(SYNTAX) }
}

struct Parser<'p> {
    token: Token<'p>,
    rest: &'p str,
    depth: usize,
}

impl<'p> Parser<'p> {
    // -- observations --

    fn observations(&mut self) -> Result<Observation<'p>, Rejection> {
        self.list(&["FOLLOWEDBY"], Self::either, |_| Observation::All)
    }

    fn either(&mut self) -> Result<Observation<'p>, Rejection> {
        self.list(&["OR"], Self::both, Observation::Any)
    }

    fn both(&mut self) -> Result<Observation<'p>, Rejection> {
        self.list(&["AND"], Self::observation, |_| Observation::All)
    }

    fn observation(&mut self) -> Result<Observation<'p>, Rejection> {
        let observation = if self.eat("(")? {
            self.nested(Self::observations)?
        } else {
            self.expect("[")?;
            let comparison = self.comparisons()?;
            self.expect("]")?;
            Observation::One(comparison)
        };
        while self.qualifier()? {}
        Ok(observation)
    }

    fn qualifier(&mut self) -> Result<bool, Rejection> {
        if self.eat_word("WITHIN")? {
            self.literal()?;
            self.expect_word("SECONDS")?;
        } else if self.eat_word("REPEATS")? {
            self.literal()?;
            self.expect_word("TIMES")?;
        } else if self.eat_word("START")? {
            self.literal()?;
            self.expect_word("STOP")?;
            self.literal()?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    // -- comparisons --

    fn comparisons(&mut self) -> Result<Comparison<'p>, Rejection> {
        self.list(&["OR"], Self::conjunction, Comparison::Any)
    }

    fn conjunction(&mut self) -> Result<Comparison<'p>, Rejection> {
        self.list(&["AND"], Self::comparison, |parts| {
            let flat = parts.into_iter().flat_map(|part| match part {
                Comparison::All(parts) => parts,
                part => vec![part],
            });
            Comparison::All(flat.collect())
        })
    }

    fn comparison(&mut self) -> Result<Comparison<'p>, Rejection> {
        if self.eat("(")? {
            return self.nested(Self::comparisons);
        }
        if self.eat_word("NOT")? {
            return self.deeper(Self::comparison).map(|_| Comparison::Not);
        }
        let exists = self.eat_word("EXISTS")?;
        let (object, steps) = self.path()?;
        let mut test = Test { object, steps, operator: Operator::Unnamed(EXISTS), operands: Vec::new() };
        if !exists {
            self.test(&mut test)?;
        }
        Ok(Comparison::Test(test))
    }

    /// The operator and the literals of a comparison.
    fn test(&mut self, test: &mut Test<'p>) -> Result<(), Rejection> {
        let is_negated = self.eat_word("NOT")?;
        let (operator, has_set) = self.operator()?;
        test.operator = if is_negated { Operator::Unnamed(NEGATED) } else { operator };
        test.operands = if has_set { self.set()? } else { vec![self.literal()?] };
        Ok(())
    }

    /// An operator, and whether a set follows it.
    fn operator(&mut self) -> Result<(Operator, bool), Rejection> {
        let operator = match self.advance()? {
            Token::Sign("=" | "==") => Operator::Equal,
            Token::Sign("!=" | "<>") => Operator::Unnamed(NEGATED),
            Token::Sign("<" | ">" | "<=" | ">=") => Operator::Unnamed(ORDERED),
            Token::Word(word) => match &*word.to_ascii_uppercase() {
                "IN" => return Ok((Operator::Equal, true)),
                "LIKE" | "MATCHES" => Operator::Unnamed(MATCHED),
                "ISSUBSET" => Operator::Subset,
                "ISSUPERSET" => Operator::Unnamed(SUPERSET),
                _ => return Err(SYNTAX),
            },
            _ => return Err(SYNTAX),
        };
        Ok((operator, false))
    }

    fn set(&mut self) -> Result<Vec<Option<Cow<'p, str>>>, Rejection> {
        self.expect("(")?;
        let mut literals = Vec::new();
        while !self.eat(")")? {
            if !literals.is_empty() {
                self.expect(",")?;
            }
            literals.push(self.literal()?);
        }
        Ok(literals)
    }

    /// A literal; nothing, if it is no text.
    fn literal(&mut self) -> Result<Option<Cow<'p, str>>, Rejection> {
        match self.advance()? {
            Token::Text(text) => Ok(Some(text)),
            Token::Number(number) => Ok(Some(number.into())),
            Token::Other => Ok(None),
            Token::Word(word) if ["true", "false"].iter().any(|name| word.eq_ignore_ascii_case(name)) => Ok(None),
            Token::Word(_) | Token::Sign(_) | Token::End => Err(SYNTAX),
        }
    }

    fn path(&mut self) -> Result<(&'p str, Vec<Cow<'p, str>>), Rejection> {
        let Token::Word(object) = self.advance()? else { return Err(SYNTAX) };
        self.expect(":")?;
        let mut steps = vec![self.step()?];
        loop {
            if self.eat(".")? {
                steps.push(self.step()?);
            } else if self.eat("[")? {
                if !matches!(self.advance()?, Token::Number(_) | Token::Sign("*")) {
                    return Err(SYNTAX);
                }
                self.expect("]")?;
            } else {
                return Ok((object, steps));
            }
        }
    }

    fn step(&mut self) -> Result<Cow<'p, str>, Rejection> {
        match self.advance()? {
            Token::Word(word) => Ok(word.into()),
            Token::Text(text) => Ok(text),
            _ => Err(SYNTAX),
        }
    }

    // -- what all of it is made of --

    /// Parts with these words between them: the part itself, if there is one only.
    fn list<T>(
        &mut self,
        words: &[&str],
        part: fn(&mut Self) -> Result<T, Rejection>,
        join: impl FnOnce(Vec<T>) -> T,
    ) -> Result<T, Rejection> {
        let first = part(self)?;
        let mut parts = vec![first];
        while words.iter().any(|word| self.is_word(word)) {
            self.advance()?;
            parts.push(part(self)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { join(parts) })
    }

    /// What stands in parentheses, of which the opening one was read.
    fn nested<T>(&mut self, inner: fn(&mut Self) -> Result<T, Rejection>) -> Result<T, Rejection> {
        let value = self.deeper(inner)?;
        self.expect(")")?;
        Ok(value)
    }

    fn deeper<T>(&mut self, inner: fn(&mut Self) -> Result<T, Rejection>) -> Result<T, Rejection> {
        if self.depth == MAX_DEPTH {
            return Err(Rejection::Pattern("is nested more than 64 deep, and was not read"));
        }
        self.depth += 1;
        let value = inner(self);
        self.depth -= 1;
        value
    }

    fn advance(&mut self) -> Result<Token<'p>, Rejection> {
        let (token, rest) = token::next(self.rest)?;
        self.rest = rest;
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn eat(&mut self, sign: &str) -> Result<bool, Rejection> {
        let is_next = matches!(self.token, Token::Sign(next) if next == sign);
        if is_next {
            self.advance()?;
        }
        Ok(is_next)
    }

    fn expect(&mut self, sign: &str) -> Result<(), Rejection> {
        if self.eat(sign)? { Ok(()) } else { Err(SYNTAX) }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.token, Token::Word(next) if next.eq_ignore_ascii_case(word))
    }

    fn eat_word(&mut self, word: &str) -> Result<bool, Rejection> {
        let is_next = self.is_word(word);
        if is_next {
            self.advance()?;
        }
        Ok(is_next)
    }

    fn expect_word(&mut self, word: &str) -> Result<(), Rejection> {
        if self.eat_word(word)? { Ok(()) } else { Err(SYNTAX) }
    }
}

const MAX_DEPTH: usize = 64;

pub(super) const NEGATED: &str = "excludes a value instead of naming one";
const ORDERED: &str = "asks for all values on one side of another; list the values";
const MATCHED: &str = "asks for all values that match a wildcard or regular expression; list the values";
const SUPERSET: &str = "asks for all networks that hold another; list the networks";
const EXISTS: &str = "asks only whether a property is there, and names no value";
