using System.Globalization;
using System.Text.RegularExpressions;
using Rekey.Contract.Problems;

namespace Rekey.Web.Portal.Renewal;

/// <summary>A problem on a page, with the way on.</summary>
/// <param name="Problem">What to show.</param>
/// <param name="Page">The page it stands on.</param>
internal sealed partial record ProblemView(Problem Problem, PortalPage Page)
{
    /// <summary>Amber where waiting or repeating helps; red where it was refused.</summary>
    public bool IsCalm => Problem.Next is NextStep.Wait or NextStep.Retry or NextStep.InsertKey or NextStep.UpdateAgent or NextStep.StartAgain;

    public string Icon => Problem.Number switch
    {
        1001 or 1002 or 1003 or 2006 => "unplug",
        1010 or 1011 or 1012 or 1013 or 1014 => "lock",
        3003 or 3004 or 3008 => "ban",
        3102 or 3103 or 3120 or 3212 => "clock",
        _ => "warn",
    };

    /// <summary>The first sentence of what happened, without its full stop: the heading.</summary>
    public string Heading => Sentences[0].TrimEnd('。', '.');

    /// <summary>What happened, where the heading does not say it all.</summary>
    public string? WhatHappened => Sentences.Length > 1 ? Problem.Title(CultureInfo.CurrentUICulture) : null;

    private string[] Sentences => SentenceEnd().Split(Problem.Title(CultureInfo.CurrentUICulture));

    public bool HasSession => Page.Snapshot is not null;

    /// <summary>An agent is there, so another certificate can be chosen at once.</summary>
    public bool CanChoose => Page.Snapshot is { Progress: { Attached: true, KeysRead: true } };

    // A version number has full stops too, but no space behind them.
    [GeneratedRegex(@"(?<=。)(?!$)|(?<=\.) ")]
    private static partial Regex SentenceEnd();
}
