//! Text for a terminal and for pages: colours that can be switched off, and escapes for text that others wrote.

use std::fmt::Write;

use owo_colors::{OwoColorize, Style};

/// Colours, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint(pub bool);

impl Paint {
    fn with(self, text: &str, style: Style) -> String {
        if self.0 { text.style(style).to_string() } else { text.to_owned() }
    }

    /// Something that blocks.
    pub fn error(self, text: &str) -> String {
        self.with(text, Style::new().red().bold())
    }

    /// Something that warns.
    pub fn warning(self, text: &str) -> String {
        self.with(text, Style::new().yellow().bold())
    }

    /// Something that is well.
    pub fn good(self, text: &str) -> String {
        self.with(text, Style::new().green().bold())
    }

    /// Line numbers, rulers and arrows.
    pub fn frame(self, text: &str) -> String {
        self.with(text, Style::new().blue().bold())
    }

    /// A heading.
    pub fn strong(self, text: &str) -> String {
        self.with(text, Style::new().bold())
    }

    /// Something of less weight.
    pub fn faint(self, text: &str) -> String {
        self.with(text, Style::new().dimmed())
    }
}

/// A count with its noun: `1 file`, `2 files`.
pub fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Makes text that others wrote safe to print.
///
/// Control characters, terminal sequences, line and paragraph separators and all directional formatting
/// characters are shown as escapes, so that what is read is what stands there. Tabs are kept.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_deceptive(c) && c != '\t' {
            // Writing to a String cannot fail.
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a character moves the cursor, changes the direction of text or is not seen at all.
pub fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The width of a tab stop in excerpts.
pub const TAB: usize = 4;

/// The text as a basic TOML string, quotes included, with everything deceptive written as an escape.
pub fn toml_string(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if is_deceptive(c) => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Makes text that others wrote safe in HTML, between tags and in quoted attributes: markup shows as text, and what could
/// deceive a reader as an escape. Line ends are kept.
pub fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push(c),
            c if is_deceptive(c) => out.push_str(&c.escape_default().to_string()),
            c => out.push(c),
        }
    }
    out
}
