using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rekey.Contract.Problems;
using Rekey.Pki.Cmp;
using Rekey.Ra.Sessions;

namespace Rekey.Ra.Cmp;

/// <summary>CMP over HTTP (RFC 9811): for the agent of a session, and for clients without a page.</summary>
internal static class CmpEndpoints
{
    private const string MediaType = "application/pkixcmp";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/cmp/v1/{sessionId}", ForSessionAsync);
        routes.MapPost("/.well-known/cmp", ForClientAsync);
        routes.MapPost("/.well-known/cmp/p/{profile}", ForClientAsync);
    }

    private static async Task<IResult> ForSessionAsync(string sessionId, HttpRequest request, SessionStore sessions, CmpFront front, CancellationToken cancel)
    {
        var session = await AgentEndpoints.RequireAsync(request.HttpContext, sessions);
        return session.Id == sessionId ? await AnswerAsync(request, session.Id, front, cancel) : throw new ProblemException(Problems.SessionUnknown());
    }

    private static Task<IResult> ForClientAsync(HttpRequest request, CmpFront front, CancellationToken cancel) => AnswerAsync(request, null, front, cancel);

    private static async Task<IResult> AnswerAsync(HttpRequest request, string? sessionId, CmpFront front, CancellationToken cancel)
    {
        if (!string.Equals(request.ContentType, MediaType, StringComparison.OrdinalIgnoreCase))
        {
            return Results.StatusCode(StatusCodes.Status415UnsupportedMediaType);
        }

        var body = await ReadAsync(request, cancel);
        return body is null
            ? Results.StatusCode(StatusCodes.Status413PayloadTooLarge)
            : Results.Bytes(await front.AnswerAsync(body, sessionId, cancel), MediaType);
    }

    private static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        if (request.ContentLength > CmpMessage.MaxLength)
        {
            return null;
        }

        using var buffer = new MemoryStream((int)(request.ContentLength ?? 2048));
        var chunk = new byte[8192];
        while (await request.Body.ReadAsync(chunk, cancel) is var read and > 0)
        {
            if (buffer.Length + read > CmpMessage.MaxLength)
            {
                return null;
            }

            buffer.Write(chunk, 0, read);
        }

        return buffer.ToArray();
    }
}
