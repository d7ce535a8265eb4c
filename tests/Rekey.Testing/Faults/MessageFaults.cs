namespace Rekey.Testing.Faults;

/// <summary>What a network does to a message.</summary>
internal enum MessageFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The request never arrives.</summary>
    RequestLost,

    /// <summary>The request is handled and its answer never arrives.</summary>
    AnswerLost,

    /// <summary>The request arrives twice at the same time.</summary>
    Doubled,

    /// <summary>The request arrives once more after the next one was handled: out of its order.</summary>
    Late,
}

/// <summary>A message that a fault swallowed; for its sender the connection was cut.</summary>
internal sealed class MessageLostException() : Exception("lost on the way");

/// <summary>What happens to which message on one way of a conversation. Messages are counted from 1 on.</summary>
internal sealed class MessageFaults
{
    private readonly Lock gate = new();
    private readonly List<string> names = [];
    private int number;
    private MessageFault fault;
    private Func<Task>? late;

    /// <summary>Runs before a message is delivered (false) and after it was handled (true); may throw <see cref="MessageLostException"/>.</summary>
    public Func<int, string, bool, Task>? At { get; set; }

    /// <summary>The messages seen since the last <see cref="Plan"/>, by name.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (gate)
            {
                return [.. names];
            }
        }
    }

    /// <summary>Starts counting anew, with a fault at one message; number 0 for none.</summary>
    public void Plan(int at, MessageFault what)
    {
        lock (gate)
        {
            (number, fault, late) = (at, what, null);
            names.Clear();
        }
    }

    /// <summary>No faults any more; the counting goes on.</summary>
    public void Heal() => Interlocked.Exchange(ref number, 0);

    /// <summary>Brings a message to its receiver, or not.</summary>
    /// <param name="name">For the report.</param>
    /// <param name="deliver">Delivers it and returns the answer; can be called more than once.</param>
    /// <exception cref="MessageLostException">No answer arrives.</exception>
    public async Task<T> PassAsync<T>(string name, Func<Task<T>> deliver)
    {
        var (mine, now, before) = Take(name, () => deliver());
        try
        {
            if (At is { } at)
            {
                await at(mine, name, false);
            }

            return await DeliverAsync(mine, name, now, deliver);
        }
        finally
        {
            if (before is not null)
            {
                await IgnoringAsync(before);
            }
        }
    }

    private async Task<T> DeliverAsync<T>(int mine, string name, MessageFault now, Func<Task<T>> deliver)
    {
        if (now == MessageFault.RequestLost)
        {
            throw new MessageLostException();
        }

        T answer;
        if (now == MessageFault.Doubled)
        {
            var both = new[] { deliver(), deliver() };
            answer = await await Task.WhenAny(both);
            await IgnoringAsync(() => Task.WhenAll(both));
        }
        else
        {
            answer = await deliver();
        }

        if (At is { } at)
        {
            await at(mine, name, true);
        }

        return now == MessageFault.AnswerLost ? throw new MessageLostException() : answer;
    }

    private (int Number, MessageFault Fault, Func<Task>? Late) Take(string name, Func<Task> again)
    {
        lock (gate)
        {
            names.Add(name);
            var before = late;
            var now = names.Count == number ? fault : MessageFault.None;
            late = now == MessageFault.Late ? again : null;
            return (names.Count, now, before);
        }
    }

    // What becomes of a copy is nobody's business but the receiver's.
    private static async Task IgnoringAsync(Func<Task> deliver)
    {
        try
        {
            await deliver();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
        }
    }
}
