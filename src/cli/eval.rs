//! The command that measures retrieval and answers on a file of questions.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use super::{open_app, progress_bar, say, say_error};
use crate::{
    config::Config,
    evaluation::{self, Report, Times, Wanted},
    knowledge::Reach,
};

/// Questions that are named, of those that missed something.
const NAMED: usize = 20;

/// What to measure.
#[derive(Clone, Debug, Args)]
pub(super) struct Options {
    /// The file: JSON lines, or a JSON list. Each has a `question`, and `documents` (titles, addresses, paths or names of
    /// files) or `facts` (words that should be found), or both; a `note` is for people.
    file: PathBuf,
    /// Search by keyword alone, also where there is a service of vectors.
    #[arg(long, conflicts_with = "answers")]
    lexical: bool,
    /// Make the answers, too, and look at their citations.
    #[arg(long)]
    answers: bool,
    /// How many passages of each question count.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=10))]
    k: u8,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Fail when the recall is lower.
    #[arg(long, value_name = "SHARE")]
    min_recall: Option<f64>,
    /// Fail when the mean reciprocal rank is lower.
    #[arg(long, value_name = "SHARE")]
    min_mrr: Option<f64>,
}

/// Measures, prints, and fails where a figure is under what is asked for.
pub(super) async fn eval(config: Config, options: Options) -> anyhow::Result<()> {
    let named = || options.file.display().to_string();
    let text = tokio::fs::read_to_string(&options.file).await.with_context(named)?;
    let questions = evaluation::parse(&text).with_context(named)?;
    let app = open_app(config).await?;
    let wanted = Wanted {
        reach: if options.lexical { Reach::Keywords } else { Reach::Whole },
        k: options.k.into(),
        answers: options.answers,
    };
    let bar = progress_bar();
    bar.set_length(questions.len() as u64);
    let report = evaluation::evaluate(&app, &questions, wanted, &|done| bar.set_position(done as u64)).await;
    bar.finish_and_clear();
    let report = report?;
    if report.judged == 0 {
        bail!("{}: no question expects a document or a fact", options.file.display());
    }
    if options.json {
        say(&serde_json::to_string_pretty(&report)?);
    } else {
        tell(&report);
    }
    for (name, is, least) in
        [("recall", report.recall, options.min_recall), ("mean reciprocal rank", report.mrr, options.min_mrr)]
    {
        if let Some(least) = least.filter(|least| is < *least) {
            bail!("the {name} is {is:.3}, less than {least}");
        }
    }
    Ok(())
}

fn tell(report: &Report) {
    let by = if report.lexical { "by keyword alone" } else { "by all means that are set up" };
    let (questions, judged, k) = (report.questions, report.judged, report.k);
    say(&format!(
        "{questions} questions, {judged} of which expect something; {by}, the first {k} passages of each"
    ));
    say(&format!("recall      {:.3}", report.recall));
    say(&format!("MRR         {:.3}", report.mrr));
    if let Some(facts) = report.facts {
        say(&format!("facts       {facts:.3}"));
    }
    say(&format!("retrieval   {}", times(report.retrieval)));
    if let Some(answers) = &report.answers {
        let cited = &answers.citations;
        say(&format!(
            "answers     {} by a model, {} failed, {} without a citation, {}",
            answers.by_model,
            answers.failed,
            answers.uncited,
            times(answers.time)
        ));
        if let Some(facts) = answers.facts {
            say(&format!("  facts     {facts:.3}"));
        }
        say(&format!(
            "citations   {}: {} with words of their chunk; {} of {} of an expected document",
            cited.all, cited.quoted, cited.expected, cited.judged
        ));
    }
    if report.keywords_alone > 0 {
        say_error(&format!("{} searches had to do without the search by meaning", report.keywords_alone));
    }
    for name in &report.unknown_documents {
        say_error(&format!("there is no document `{name}`"));
    }
    for miss in report.misses.iter().take(NAMED) {
        let found = miss.found.iter().take(3).cloned().collect::<Vec<_>>().join(" · ");
        say(&format!("missed: {}\n  wanted: {}\n  found:  {found}", miss.question, miss.missing.join(" · ")));
    }
    if report.misses.len() > NAMED {
        say(&format!("and {} more", report.misses.len() - NAMED));
    }
}

fn times(times: Times) -> String {
    format!("p50 {:.1} ms, p95 {:.1} ms", times.p50_ms, times.p95_ms)
}
