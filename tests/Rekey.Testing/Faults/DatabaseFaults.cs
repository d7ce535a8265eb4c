using System.Data.Common;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Rekey.Testing.Faults;

/// <summary>The server has died and does nothing any more.</summary>
internal sealed class ServerDeadException() : Exception("this server is dead");

/// <summary>
/// Lets a server in this process die at a chosen moment of its work: before or after any write or commit that requests of agents cause.
/// From then on it reaches no database and answers nobody, as if it had been killed; what was committed stays.
/// </summary>
internal sealed class DatabaseFaults : IStartupFilter
{
    private readonly AsyncLocal<bool> counting = new();
    private readonly Lock gate = new();
    private readonly List<string> moments = [];
    private int killAt;
    private volatile bool dead;

    public DatabaseFaults()
    {
        Commands = new CommandInterceptor(this);
        Transactions = new TransactionInterceptor(this);
    }

    /// <summary>For the stores' contexts.</summary>
    public IInterceptor Commands { get; }

    /// <summary>For the stores' contexts.</summary>
    public IInterceptor Transactions { get; }

    /// <summary>Runs at the death.</summary>
    public Action? Died { get; set; }

    /// <summary>The moments so far, by name; their numbers begin with 1.</summary>
    public IReadOnlyList<string> Moments
    {
        get
        {
            lock (gate)
            {
                return [.. moments];
            }
        }
    }

    /// <summary>Counts anew and dies at a moment; 0 for never.</summary>
    public void Plan(int moment)
    {
        lock (gate)
        {
            killAt = moment;
            moments.Clear();
        }
    }

    /// <summary>A new server runs.</summary>
    public void Revive() => dead = false;

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(HandleAsync);
        next(app);
    };

    // A dead server's answers, errors above all, reach nobody; so an answer is held back until it is known that its server lives.
    private async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        counting.Value = context.Request.Path.StartsWithSegments("/cmp") || context.Request.Path.StartsWithSegments("/agent/v1/events");
        var real = context.Response.Body;
        using var held = new MemoryStream();
        context.Response.Body = held;
        try
        {
            if (!dead)
            {
                await next(context);
            }
        }
        catch (ServerDeadException)
        {
        }
        finally
        {
            context.Response.Body = real;
        }

        if (dead)
        {
            context.Abort();
            return;
        }

        held.Position = 0;
        await held.CopyToAsync(real, context.RequestAborted);
    }

    private void Moment(string name)
    {
        if (!dead && !counting.Value)
        {
            return;
        }

        lock (gate)
        {
            if (!dead)
            {
                moments.Add(name);
                if (moments.Count != killAt)
                {
                    return;
                }

                dead = true;
                Died?.Invoke();
            }
        }

        throw new ServerDeadException();
    }

    private void BeforeCommand(DbCommand command)
    {
        if (dead || IsWrite(command))
        {
            Moment($"before {Verb(command)}");
        }
    }

    private void AfterCommand(DbCommand command)
    {
        // Within a transaction nothing has happened yet; the moment before its commit is the same.
        if (command.Transaction is null && IsWrite(command))
        {
            Moment($"after {Verb(command)}");
        }
    }

    private static bool IsWrite(DbCommand command)
    {
        var text = command.CommandText.AsSpan().TrimStart();
        return text.StartsWith("insert", StringComparison.OrdinalIgnoreCase) || text.StartsWith("update", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("delete", StringComparison.OrdinalIgnoreCase) || text.StartsWith("with numbered", StringComparison.OrdinalIgnoreCase);
    }

    private static string Verb(DbCommand command) => string.Join(' ', command.CommandText.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Take(3));

    private sealed class CommandInterceptor(DatabaseFaults faults) : DbCommandInterceptor
    {
        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            faults.BeforeCommand(command);
            return new(result);
        }

        public override ValueTask<int> NonQueryExecutedAsync(
            DbCommand command, CommandExecutedEventData eventData, int result, CancellationToken cancellationToken = default)
        {
            faults.AfterCommand(command);
            return new(result);
        }

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            faults.BeforeCommand(command);
            return new(result);
        }
    }

    private sealed class TransactionInterceptor(DatabaseFaults faults) : DbTransactionInterceptor
    {
        public override ValueTask<InterceptionResult> TransactionCommittingAsync(
            DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
        {
            faults.Moment("before commit");
            return new(result);
        }

        public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            faults.Moment("after commit");
            return Task.CompletedTask;
        }
    }
}
