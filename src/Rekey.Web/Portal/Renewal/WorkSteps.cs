using Rekey.Contract.Bridge;
using Rekey.Ra.Sessions;
using Rekey.Web.Portal.Texts;

namespace Rekey.Web.Portal.Renewal;

/// <summary>How a line of the work list stands.</summary>
internal enum WorkState
{
    Todo,
    Now,
    Held,
    Done,
}

/// <summary>A line of the work list.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Note">One more sentence, or null.</param>
/// <param name="State">How it stands.</param>
/// <param name="Took">How long it took, when both ends were seen in this run.</param>
internal sealed record WorkStep(string Name, string? Note, WorkState State, TimeSpan? Took)
{
    public const int Count = 6;

    /// <summary>The six steps of a renewal, from what agent and server have seen.</summary>
    public static IReadOnlyList<WorkStep> Of(SessionProgress p)
    {
        var agent = p.AgentSteps;
        var server = p.ServerSteps;
        (string Name, string? Note, DateTimeOffset? From, DateTimeOffset? To)[] lines =
        [
            (Text.Work_Key, Text.Work_KeyNote, At(agent, AgentStep.KeyGenerating), At(agent, AgentStep.KeyReady)),
            (Text.Work_Request, Text.Work_RequestNote, At(agent, AgentStep.KeyReady), At(server, ServerStep.KurReceived)),
            (Text.Work_Issue, null, At(server, ServerStep.KurReceived), At(server, ServerStep.Issued)),
            (Text.Work_Write, null, At(server, ServerStep.Issued), At(agent, AgentStep.Written)),
            (Text.Work_Verify, null, At(agent, AgentStep.Written), At(agent, AgentStep.Verified)),
            (Text.Work_Confirm, null, At(agent, AgentStep.Verified), At(server, ServerStep.Confirmed)),
        ];

        // A later step that was seen proves the earlier ones: a resumed run does not report what an earlier run did.
        var reached = Array.FindLastIndex(lines, l => l.To is not null);
        var held = p.RemovedToken is not null || p.Stopped;
        return [.. lines.Select((line, i) => new WorkStep(
            line.Name,
            line.Note,
            i <= reached ? WorkState.Done : i > reached + 1 ? WorkState.Todo : held ? WorkState.Held : WorkState.Now,
            line.From is { } from && line.To is { } to && from >= p.RunStartedAt && to >= from ? to - from : null))];
    }

    private static DateTimeOffset? At<TKey>(IReadOnlyDictionary<TKey, DateTimeOffset> steps, TKey step)
        where TKey : notnull => steps.TryGetValue(step, out var at) ? at : null;
}
