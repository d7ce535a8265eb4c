using System.Threading.Channels;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;

namespace Rekey.Agent.Bridge;

/// <summary>
/// Fetches commands all the time, also while a window is open or a key is generated: it is how the server knows that the agent lives,
/// and how a page cancels what is under way.
/// </summary>
internal sealed class CommandPump : IAsyncDisposable
{
    private readonly BridgeClient bridge;
    private readonly CancellationTokenSource ending;
    private readonly Channel<AgentCommand> commands = Channel.CreateUnbounded<AgentCommand>();
    private readonly Task pumping;

    /// <summary>Starts fetching.</summary>
    /// <param name="bridge">Attached already.</param>
    /// <param name="cancel">Ends it.</param>
    public CommandPump(BridgeClient bridge, CancellationToken cancel)
    {
        this.bridge = bridge;
        ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        pumping = PumpAsync();
    }

    /// <summary>Fires when the page cancelled, the session ended, or the service is lost.</summary>
    public CancellationToken Ended => ending.Token;

    /// <summary>Why it ended, when neither page nor server wanted it.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>Waits for the next command.</summary>
    /// <param name="limit">How long.</param>
    /// <returns>Null when none came.</returns>
    public async Task<AgentCommand?> NextAsync(TimeSpan limit)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(Ended);
        waiting.CancelAfter(limit);
        try
        {
            return await commands.Reader.ReadAsync(waiting.Token);
        }
        catch (OperationCanceledException) when (!Ended.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await pumping;
        ending.Dispose();
    }

    /// <summary>Whether a problem only says that the session is over.</summary>
    public static bool IsEnd(Problem problem) => problem == Problems.SessionUnknown() || problem == Problems.SessionEnded();

    private async Task PumpAsync()
    {
        var last = 0;
        try
        {
            while (true)
            {
                foreach (var command in (await bridge.CommandsAsync(last, ending.Token)).Commands)
                {
                    last = command.Seq;
                    if (command.Command is CancelCommand)
                    {
                        return;
                    }

                    commands.Writer.TryWrite(command.Command);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // ended from outside
        }
        catch (ProblemException e)
        {
            Problem = IsEnd(e.Problem) ? null : e.Problem;
        }
        finally
        {
            await ending.CancelAsync();
        }
    }
}
