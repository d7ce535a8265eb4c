using System.Linq.Expressions;

namespace Rekey.Ra.Subscribers.Search;

/// <summary>Conditions of queries, put together.</summary>
internal static class Conditions
{
    /// <summary>At least one holds.</summary>
    public static Expression<Func<T, bool>> Any<T>(IReadOnlyList<Expression<Func<T, bool>>> conditions) => Join(conditions, Expression.OrElse);

    /// <summary>All hold.</summary>
    public static Expression<Func<T, bool>> All<T>(IReadOnlyList<Expression<Func<T, bool>>> conditions) => Join(conditions, Expression.AndAlso);

    private static Expression<Func<T, bool>> Join<T>(IReadOnlyList<Expression<Func<T, bool>>> conditions, Func<Expression, Expression, Expression> join)
    {
        var row = conditions[0].Parameters[0];
        var body = conditions.Skip(1).Aggregate(conditions[0].Body, (all, next) => join(all, new Replace(next.Parameters[0], row).Visit(next.Body)!));
        return Expression.Lambda<Func<T, bool>>(body, row);
    }

    /// <summary>Puts one expression in the place of another.</summary>
    private sealed class Replace(Expression old, Expression replacement) : ExpressionVisitor
    {
        public override Expression? Visit(Expression? node) => node == old ? replacement : base.Visit(node);
    }
}

/// <summary>Order of values as the database has it.</summary>
internal static class Order
{
    private static readonly System.Reflection.MethodInfo Strings = typeof(string).GetMethod(nameof(string.Compare), [typeof(string), typeof(string)])!;

    /// <summary>Compares two values; of texts by <c>string.Compare</c>, which a query translates to a comparison of columns.</summary>
    public static Expression Compare(ExpressionType how, Expression a, Expression b) => a.Type == typeof(string)
        ? Expression.MakeBinary(how, Expression.Call(Strings, a, b), Expression.Constant(0))
        : Expression.MakeBinary(how, a, b);
}

/// <summary>The beginning of a column's value.</summary>
internal static class Prefix
{
    // After every character that a code, number or name can have; both engines compare code points.
    private const string Last = "\uFFFD";

    /// <summary>As a range, which an index can be asked for.</summary>
    public static Expression<Func<T, bool>> Of<T>(Expression<Func<T, string?>> column, string prefix)
    {
        var end = prefix + Last;
        Expression<Func<string>> from = () => prefix;
        Expression<Func<string>> to = () => end;
        return Expression.Lambda<Func<T, bool>>(
            Expression.AndAlso(Order.Compare(ExpressionType.GreaterThanOrEqual, column.Body, from.Body), Order.Compare(ExpressionType.LessThan, column.Body, to.Body)),
            column.Parameters);
    }
}
