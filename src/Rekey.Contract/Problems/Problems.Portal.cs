namespace Rekey.Contract.Problems;

/// <summary>Range 2: portal and session.</summary>
public static partial class Problems
{
    /// <summary>No such session for this browser (unknown id, or the cookie is missing or wrong: one answer for all).</summary>
    public static Problem SessionUnknown() => new(2001, NextStep.StartAgain, 404);

    /// <summary>The session has ended.</summary>
    public static Problem SessionEnded() => new(2002, NextStep.StartAgain, 409);

    /// <summary>The launch ticket was used twice; the session is stopped.</summary>
    public static Problem TicketReused() => new(2003, NextStep.StartAgain, 409);

    /// <summary>The launch ticket ran out.</summary>
    public static Problem TicketExpired() => new(2004, NextStep.StartAgain, 410);

    /// <summary>The agent is older than this service accepts.</summary>
    /// <param name="version">The agent's version.</param>
    /// <param name="least">The least accepted one.</param>
    public static Problem AgentTooOld(string version, string least) => new(2005, NextStep.UpdateAgent, 409, version, least);

    /// <summary>The agent has not been heard of for its time limit.</summary>
    public static Problem AgentLost() => new(2006, NextStep.Retry, 409);

    /// <summary>The request comes from another site.</summary>
    public static Problem ForeignOrigin() => new(2010, NextStep.StartAgain, 403);

    /// <summary>The request is not of the form that the interface describes.</summary>
    /// <param name="reason">What is wrong, in English, without any value from the request.</param>
    public static Problem BadRequest(string reason) => new(2011, NextStep.StartAgain, 400, reason);

    /// <summary>The request's media type is not the one wanted.</summary>
    /// <param name="wanted">The one wanted.</param>
    public static Problem WrongMediaType(string wanted) => new(2012, NextStep.StartAgain, 415, wanted);

    /// <summary>The request is larger than allowed.</summary>
    public static Problem TooLarge() => new(2013, NextStep.StartAgain, 413);

    /// <summary>Too many requests from this network.</summary>
    /// <param name="seconds">When to try again.</param>
    public static Problem TooManyRequests(int seconds) => new(2014, NextStep.Wait, 429, Digits(seconds));

    /// <summary>The step does not fit where the session stands.</summary>
    public static Problem OutOfOrder() => new(2015, NextStep.StartAgain, 409);

    /// <summary>No such page.</summary>
    public static Problem NotFound() => new(2020, NextStep.StartAgain, 404);

    /// <summary>The page expects another method.</summary>
    public static Problem MethodNotAllowed() => new(2021, NextStep.StartAgain, 405);
}
