using Rekey.Contract.Problems;

namespace Rekey.Contract.Bridge;

/// <summary>A problem as it crosses the bridge: number and values; the texts are the reader's.</summary>
/// <param name="Number">The number, for example 3102.</param>
/// <param name="Next">The next step.</param>
/// <param name="Arguments">See <see cref="Problem.Arguments"/>.</param>
public sealed record WireProblem(int Number, NextStep Next, IReadOnlyList<string> Arguments)
{
    /// <summary>A problem's wire form.</summary>
    public static WireProblem Of(Problem problem) => new(problem.Number, problem.Next, problem.Arguments);

    /// <summary>The problem again; its HTTP status does not cross the bridge.</summary>
    public Problem ToProblem() => new(Number, Next, 409, [.. Arguments]);
}

/// <summary>An error answer of a JSON endpoint (RFC 9457, <c>application/problem+json</c>), texts in the caller's language.</summary>
/// <param name="Type">Address of the problem's page.</param>
/// <param name="Title">What happened.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Detail">What it means and what to do.</param>
/// <param name="Code">The number as people read it.</param>
/// <param name="Problem">Number, values and next step.</param>
public sealed record ProblemDocument(string Type, string Title, int Status, string Detail, string Code, WireProblem Problem);
